"""Single mistakes in a spec's data: each place, changed in each way that people change it by accident."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

Path = tuple[str | int, ...]


class Mutation(NamedTuple):
    """A mistake: its kind, the place, and the data that has it."""

    kind: str
    path: Path
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.kind} {'.'.join(map(str, self.path))}"


def mutations(data: dict[str, Any]) -> Iterator[Mutation]:
    """Every mistake in one place of the data."""
    for path, value in _places(data, ()):
        yield from _of_key(data, path, value)
        yield from _of_value(data, path, value)
        if isinstance(value, list):
            yield from _of_list(data, path, value)


def _of_key(data: dict[str, Any], path: Path, value: object) -> Iterator[Mutation]:
    key = path[-1]
    if isinstance(key, int):
        return
    yield Mutation("delete", path, _changed(data, path, _Delete))
    if len(key) > 2:
        for typo in (key[:-1], key[0] + key[2] + key[1] + key[3:], key.upper()):
            if typo != key:
                yield Mutation(f"rename to {typo}", path, _renamed(data, path, typo))
    yield Mutation("add beside", path, _changed(data, (*path[:-1], "zzz"), 1))


def _of_value(data: dict[str, Any], path: Path, value: object) -> Iterator[Mutation]:
    match value:
        case bool():
            others: list[object] = [not value, "yes", 7]
        case int():
            others = [value + 1, value * 2, 0, -3, "x", value + 0.5, [value]]
        case float():
            others = [-value, "x", value * 1000]
        case str():
            others = [value + "x", value[:-1], value[1:2] + value[:1] + value[2:], "", 3, value.upper()]
        case list():
            others = ["x", 3, []]
        case dict():
            others = ["x", 3, []]
        case _:
            others = []
    for other in others:
        if other != value or type(other) is not type(value):
            yield Mutation(f"to {other!r}", path, _changed(data, path, other))


def _of_list(data: dict[str, Any], path: Path, value: list[Any]) -> Iterator[Mutation]:
    for i, each in enumerate(value):
        yield Mutation(f"drop {i}", path, _changed(data, path, value[:i] + value[i + 1 :]))
        yield Mutation(f"repeat {i}", path, _changed(data, path, [*value[: i + 1], each, *value[i + 1 :]]))
        if i and each != value[i - 1]:
            swapped = [*value[: i - 1], each, value[i - 1], *value[i + 1 :]]
            yield Mutation(f"swap {i}", path, _changed(data, path, swapped))


def _places(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step), inner
        yield from _places(inner, (*path, step))


class _Delete:
    """In place of a value: none."""


def _changed(value: Any, path: Path, to: object) -> Any:
    if not path:
        return to
    step, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    if to is _Delete and not rest:
        del copy[step]
    else:
        copy[step] = _changed(value[step], tuple(rest), to) if rest else to
    return copy


def _renamed(value: Any, path: Path, to: str) -> Any:
    step, *rest = path
    if rest:
        return _changed(value, (step,), _renamed(value[step], tuple(rest), to))
    return {to if key == step else key: inner for key, inner in value.items()}
