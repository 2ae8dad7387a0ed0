"""The vocabulary of constraints that the language's fields are annotated with.

Annotations are read only when the grammar is compiled (see `archc.spec.grammar`): importing the language
imports neither pydantic nor `annotated_types`, whose bounds these stand for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, get_args

from archc.spec.frozen import Frozen, defaults_of, frozen, named

if TYPE_CHECKING:
    from annotated_types import BaseMetadata
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

STRICT: dict[str, object] = {"extra": "forbid", "strict": True, "allow_inf_nan": False}
"""Configuration of every class of the language: nothing is coerced, no unknown key is dropped."""


def _written(name: str) -> str:
    """Return the key of a field: one that would be a word of Python's ends with an underscore there."""
    return name.removesuffix("_")


KEYWORDS = STRICT | {"alias_generator": _written}
"""The same for a class with such fields."""


@named
class Table(Frozen):
    """A table of a spec: what each class of the language is."""

    __pydantic_config__: ClassVar[Any] = STRICT


@frozen
class Doc(Frozen):
    """One sentence on a field: the reference page, the JSON Schema and the editor show it."""

    text: str
    examples: tuple[object, ...] = ()

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        described: dict[str, Any] = handler(schema)
        if "$ref" in described:
            described = {"allOf": [described]}
        described["description"] = self.text
        if self.examples:
            described["examples"] = list(self.examples)
        return described


@frozen
class Tagged(Frozen):
    """A union told apart by one key, each member naming its own value of it.

    `default` is the value that is meant where the key is left out; None where it must be written.
    """

    key: str
    default: str | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        classes = get_args(source) or (source,)  # a union of one member is that member to Python
        members = {tag_of(cls, self.key): handler.generate_schema(cls) for cls in classes}
        by = self.key if self.default is None else TagOr(self.key, self.default)
        return core_schema.tagged_union_schema(members, discriminator=by)


class TagOr:
    """Reads the tag of a table, which is `default` where the table does not say."""

    def __init__(self, key: str, default: str) -> None:
        self.key, self.default = key, default
        self.__name__ = key  # what pydantic_core calls it in its errors

    def __call__(self, table: Any) -> Any:
        return (
            table.get(self.key, self.default) if isinstance(table, dict) else getattr(table, self.key, None)
        )


def tag_of(cls: type[Frozen], key: str) -> str:
    """Return the value of `key` that selects `cls` in a tagged union: the field's default."""
    tag = defaults_of(cls)[key]
    if not isinstance(tag, str):
        raise TypeError(f"{cls.__name__}.{key} has no default to tell it apart by")
    return tag


class _Bound(Frozen):
    """A bound of `annotated_types`, by that package's protocol for what stands for several."""

    __slots__ = ()
    __is_annotated_types_grouped_metadata__: ClassVar[bool] = True

    def __iter__(self) -> Iterator[BaseMetadata]:
        import annotated_types

        kinds = {
            "gt": annotated_types.Gt,
            "ge": annotated_types.Ge,
            "lt": annotated_types.Lt,
            "le": annotated_types.Le,
            "min_length": annotated_types.MinLen,
            "max_length": annotated_types.MaxLen,
        }
        bounds = ((kind, getattr(self, name, None)) for name, kind in kinds.items())
        return (kind(bound) for kind, bound in bounds if bound is not None)


@named
class Interval(_Bound):
    """Numbers between two ends, which belong to them (`ge`, `le`) or not (`gt`, `lt`)."""

    gt: float | None = None
    ge: float | None = None
    lt: float | None = None
    le: float | None = None


@frozen
class MinLen(_Bound):
    """Texts and lists of no fewer."""

    min_length: int


@frozen
class MaxLen(_Bound):
    """Texts and lists of no more."""

    max_length: int


LARGEST = 2**31 - 1
"""The largest integer a spec may hold: sizes beyond it exist in no library below us."""

Natural = Annotated[int, Interval(ge=0, le=LARGEST)]
Natural64 = Annotated[int, Interval(ge=0, le=2**63 - 1)]
"""Counts of what may be many: multiply-adds, bytes."""
Workers = Annotated[int, Interval(ge=0, le=256)]
"""Processes beside each other: a spec names no more on any machine."""
Positive = Annotated[int, Interval(ge=1, le=LARGEST)]
Index = Annotated[int, Interval(ge=-LARGEST, le=LARGEST)]
Probability = Annotated[float, Interval(ge=0, lt=1)]
Chance = Annotated[float, Interval(ge=0, le=1)]
Fraction = Annotated[float, Interval(gt=0, lt=1)]
PositiveFloat = Annotated[float, Interval(gt=0)]
NonNegativeFloat = Annotated[float, Interval(ge=0)]
Channels = Annotated[int, Interval(ge=1, le=4096)]
Name = Annotated[str, MinLen(1), MaxLen(200)]
Text = Annotated[str, MaxLen(4096)]

PositivePair = Positive | tuple[Positive, Positive]
NaturalPair = Natural | tuple[Natural, Natural]
PositiveTriple = Positive | tuple[Positive, Positive, Positive]
NaturalTriple = Natural | tuple[Natural, Natural, Natural]
Size = tuple[Positive, Positive]

__all__ = [
    "KEYWORDS",
    "LARGEST",
    "STRICT",
    "Chance",
    "Channels",
    "Doc",
    "Fraction",
    "Index",
    "Interval",
    "MaxLen",
    "MinLen",
    "Name",
    "Natural",
    "Natural64",
    "NaturalPair",
    "NaturalTriple",
    "NonNegativeFloat",
    "Positive",
    "PositiveFloat",
    "PositivePair",
    "PositiveTriple",
    "Probability",
    "Size",
    "Table",
    "TagOr",
    "Tagged",
    "Text",
    "Workers",
    "tag_of",
]
