"""The vocabulary of constraints that the language's fields are annotated with.

Annotations are read only when the grammar is compiled (see `archc.spec.grammar`); importing the
language costs no more than its plain frozen dataclasses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_args

from annotated_types import Ge, Gt, Interval, Le, MaxLen, MinLen

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

STRICT: dict[str, object] = {"extra": "forbid", "strict": True, "allow_inf_nan": False}
"""Configuration of every class of the language: nothing is coerced, no unknown key is dropped."""


def _written(name: str) -> str:
    """The key of a field: one that would be a word of Python's ends with an underscore there."""
    return name.removesuffix("_")


KEYWORDS = STRICT | {"alias_generator": _written}
"""The same for a class with such fields."""


@dataclass(frozen=True, slots=True)
class Doc:
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


@dataclass(frozen=True, slots=True)
class Tagged:
    """A union told apart by one key, each member naming its own value of it."""

    key: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        members = {tag_of(cls, self.key): handler.generate_schema(cls) for cls in get_args(source)}
        return core_schema.tagged_union_schema(members, discriminator=self.key)


def tag_of(cls: type, key: str) -> str:
    """The value of `key` that selects `cls` in a tagged union: the field's default."""
    fields = cls.__dataclass_fields__  # type: ignore[attr-defined]
    tag = fields[key].default
    if not isinstance(tag, str):
        raise TypeError(f"{cls.__name__}.{key} has no default to tell it apart by")
    return tag


LARGEST = 2**31 - 1
"""The largest integer a spec may hold: sizes beyond it exist in no library below us."""

Natural = Annotated[int, Interval(ge=0, le=LARGEST)]
Natural64 = Annotated[int, Interval(ge=0, le=2**63 - 1)]
"""Counts of what may be many: multiply-adds, bytes."""
Positive = Annotated[int, Interval(ge=1, le=LARGEST)]
Index = Annotated[int, Interval(ge=-LARGEST, le=LARGEST)]
Probability = Annotated[float, Interval(ge=0, lt=1)]
Chance = Annotated[float, Interval(ge=0, le=1)]
Fraction = Annotated[float, Interval(gt=0, lt=1)]
PositiveFloat = Annotated[float, Gt(0)]
NonNegativeFloat = Annotated[float, Ge(0)]
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
    "Ge",
    "Gt",
    "Index",
    "Interval",
    "Le",
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
    "Tagged",
    "Text",
    "tag_of",
]
