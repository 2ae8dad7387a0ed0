"""What a torch expression is made of: a layer to construct or a formula over inputs, and their arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archc.export.source.layout import Text

Value = int | float | bool | str | tuple[int, ...] | tuple[float, ...] | None
Formula = Callable[[Sequence[str], Sequence[str]], Text]


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a constructor or formula; one that equals its default need not be written."""

    name: str
    value: Value
    positional: bool = False
    default: Value = None


@dataclass(frozen=True, slots=True)
class Layer:
    """A module to construct; `wrap` stands around the call, `{}` being its place."""

    callee: str
    arguments: tuple[Argument, ...] = ()
    wrap: str = "{}"


@dataclass(frozen=True, slots=True)
class Inline:
    """A formula over the texts of inputs and arguments. `layer` does the same in a Sequential."""

    kind: str
    formula: Formula
    arguments: tuple[Argument, ...] = ()
    layer: Layer | None = None


def first(name: str, value: Value) -> Argument:
    """An argument that stands without its name."""
    if value is None:
        raise TypeError("the op is not resolved: lower it through archc.ops.facts.infer first")
    return Argument(name, value, positional=True)


def keyword(name: str, value: Value) -> Argument:
    """An argument that is always written, with its name."""
    return Argument(name, value)


def default(name: str, value: Value, default: Value) -> Argument:
    """An argument that is written, with its name, where it is not the default."""
    return Argument(name, value, default=default)


def each(name: str, values: tuple[int, ...]) -> tuple[Argument, ...]:
    """Numbers that stand one after the other."""
    return tuple(Argument(f"{name}{i}", value, positional=True) for i, value in enumerate(values))


def size(value: int | tuple[int, ...]) -> Value:
    """One number where all axes have the same."""
    if isinstance(value, int):
        return value
    return value[0] if len(set(value)) == 1 else value
