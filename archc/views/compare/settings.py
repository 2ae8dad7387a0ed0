"""The keys of two specs that mean something else, each with its path as `--set` takes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from archc.spec.document import Spec

_TAGS = ("kind", "op")
_MOST = 1_000_000
"""Pairs of entries that are looked at to align two lists."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A key and its values as plain data. A default counts as written: spelling it out changes nothing.

    "changed" has both values; of "added" and "removed", `before` or `after` is None.
    """

    path: str
    change: Literal["changed", "added", "removed"]
    before: Any
    after: Any


def setting_changes(before: Spec, after: Spec) -> tuple[Setting, ...]:
    """Return every difference, in the order of the language."""
    return tuple(_differences((), before, after))


def _differences(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Setting]:
    if before == after and type(before) is type(after):
        return
    if _is_table(before) and _is_table(after):
        yield from _of_tables(path, before, after)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            yield from _differences((*path, str(key)), before.get(key), after.get(key))
    elif _is_list_of_tables(before) and _is_list_of_tables(after):
        yield from _of_lists(path, before, after)
    else:
        yield _setting(path, before, after)


def _setting(path: tuple[str, ...], before: Any, after: Any) -> Setting:
    change: Literal["changed", "added", "removed"] = "changed"
    if before is None or after is None:
        change = "added" if before is None else "removed"
    return Setting(".".join(path), change, plain(before), plain(after))


def _of_tables(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Setting]:
    """Return the differences of two tables.

    Where they are of different kinds, a key that one of them alone has counts unless it is left at its
    default.
    """
    both = {each.name for each in fields(before)} & {each.name for each in fields(after)}
    for each in dict.fromkeys((*(f.name for f in fields(before)), *(f.name for f in fields(after)))):
        step = (*path, each.removesuffix("_"))
        if each in both:
            yield from _differences(step, getattr(before, each), getattr(after, each))
        elif (old := _written(before, each)) is not None or _written(after, each) is not None:
            yield _setting(step, old, _written(after, each))


def _written(table: Any, name: str) -> Any:
    """Return a value that is there and is not its default, else None."""
    declared = {each.name: each.default for each in fields(table)}
    return None if name not in declared or getattr(table, name) == declared[name] else getattr(table, name)


def _of_lists(path: tuple[str, ...], before: Sequence[Any], after: Sequence[Any]) -> Iterator[Setting]:
    """Yield the differences of two lists of tables; equal ones in the same order are each other's."""
    for low, high, start, stop in _unequal([repr(e) for e in before], [repr(e) for e in after]):
        pairs = min(high - low, stop - start)
        for offset in range(pairs):
            step = (*path, str(start + offset))
            yield from _differences(step, before[low + offset], after[start + offset])
        for index in range(low + pairs, high):
            yield _setting((*path, str(index)), before[index], None)
        for index in range(start + pairs, stop):
            yield _setting((*path, str(index)), None, after[index])


def _unequal(before: list[str], after: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the stretches in which two lists differ: from where to where in the first, and in the second."""
    if len(before) * len(after) > _MOST:  # aligning them would take as many steps
        yield 0, len(before), 0, len(after)
        return
    for tag, *stretch in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            yield stretch[0], stretch[1], stretch[2], stretch[3]


def _is_table(value: object) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def _is_list_of_tables(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and all(_is_table(each) for each in value)


def plain(value: Any) -> Any:
    """Return a value of the language as plain data: of tables, their kind and what is not a default."""
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if not _is_table(value):
        return value
    return {
        each.name.removesuffix("_"): plain(getattr(value, each.name))
        for each in fields(value)
        if getattr(value, each.name) != each.default or (each.name in _TAGS and each.default is not None)
    }
