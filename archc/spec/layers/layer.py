"""What every layer of the language is made by, and what it shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, FrozenInstanceError, dataclass, fields
from operator import attrgetter
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform

from archc.spec.fields import STRICT

T = TypeVar("T")
_set = object.__setattr__


@dataclass_transform(frozen_default=True, kw_only_default=True)
def layer(cls: type[T]) -> type[T]:
    """`cls` as a frozen dataclass with slots, whose arguments are written by name.

    A frozen dataclass writes and compiles six methods of its own, and a hundred of them would be most of the
    time that the language takes to import; a layer has them from `LayerFields`.
    """
    made: Any = dataclass(init=False, eq=False, repr=False, kw_only=True, slots=True)(cls)
    made.defaults = {field.name: field.default for field in fields(made)}
    made.values = attrgetter("__class__", *made.defaults)
    return made  # type: ignore[no-any-return]


@layer
class LayerFields:
    """The configuration of the grammar, and what a frozen dataclass does; a layer adds its arguments."""

    __pydantic_config__: ClassVar[Any] = STRICT
    defaults: ClassVar[Mapping[str, Any]]
    """Each argument's default by its name, as declared; MISSING for one that must be given."""
    values: ClassVar[Any]
    """The function from a layer to its class and what it holds."""

    def __init__(self, **arguments: Any) -> None:
        values = {**self.defaults, **arguments}
        if len(values) != len(self.defaults):
            raise TypeError(
                f"{type(self).__name__} has no {', '.join(arguments.keys() - self.defaults.keys())}"
            )
        for name, value in values.items():
            if value is MISSING:
                raise TypeError(f"{type(self).__name__} needs {name}")
            _set(self, name, value)

    def changed(self, **arguments: Any) -> Self:
        """The same layer with some arguments of its own replaced, several times as fast as `replace`."""
        made = object.__new__(type(self))
        for name in self.defaults:
            _set(made, name, arguments[name] if name in arguments else getattr(self, name))
        return made

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        same: bool = self.values(self) == self.values(other)
        return same

    def __hash__(self) -> int:
        return hash(self.values(self))

    def __repr__(self) -> str:
        written = (f"{name}={getattr(self, name)!r}" for name in self.defaults)
        return f"{type(self).__name__}({', '.join(written)})"

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.defaults}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            _set(self, name, value)
