"""Tables and keys in the order of the language.

Unknown ones, and those with an order of their own (named modules, inputs, outputs), stay as written.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archc.source.text.spans import Path, value_at
from archc.source.text.toml_blocks import BLANK, Blocks, Brackets, Entry, Scalar, Table, Value

if TYPE_CHECKING:
    from archc.spec.keys import KeysAt

Rank = tuple[tuple[int, int], ...]


class Order:
    """The rank of each path of one document."""

    def __init__(self, data: dict[str, Any], keys_at: KeysAt) -> None:
        self.data, self.keys_at = data, keys_at
        self.known: dict[Path, dict[str, int]] = {}
        self.places: dict[Path, dict[str, int]] = {}

    def rank(self, path: Path) -> Rank:
        return tuple(self._step(path[:i], step) for i, step in enumerate(path))

    def _step(self, table: Path, step: str | int) -> tuple[int, int]:
        if isinstance(step, int):
            return 0, step
        if step == "$schema" and not table:
            return -1, 0
        known = self.language_keys(table)
        return (0, known[step]) if step in known else (1, self._written(table)[step])

    def language_keys(self, table: Path) -> dict[str, int]:
        if table not in self.known:
            self.known[table] = {key: i for i, key in enumerate(self.keys_at(table, self.data))}
        return self.known[table]

    def _written(self, table: Path) -> dict[str, int]:
        if table not in self.places:
            self.places[table] = {key: i for i, key in enumerate(value_at(self.data, table))}
        return self.places[table]


def ordered(blocks: Blocks, order: Order) -> Blocks:
    """Return the blocks with their tables, their pairs and the pairs of inline tables in canonical order."""
    tables = sorted(blocks.tables, key=lambda table: order.rank(table.path))
    return blocks._replace(tables=tuple(_table(table, order) for table in tables))


def _table(table: Table, order: Order) -> Table:
    return replace(table, pairs=_sorted(table.pairs, table.path, order))


def _sorted(pairs: tuple[Entry, ...], path: Path, order: Order) -> tuple[Entry, ...]:
    """Return the pairs in order.

    Where that is another one, empty lines between them have lost their meaning.
    """
    inner = tuple(replace(pair, value=_value(pair.value, (*path, *pair.keys), order)) for pair in pairs)
    result = tuple(sorted(inner, key=lambda pair: order.rank((*path, *pair.keys))))
    return result if result == inner else tuple(map(_unspaced, result))


def _unspaced(pair: Entry) -> Entry:
    return replace(pair, above=tuple(line for line in pair.above if line != BLANK))


def _value(value: Value, path: Path, order: Order) -> Value:
    if isinstance(value, Scalar):
        return value
    if value.kind == "{":
        return replace(value, entries=_sorted(value.entries, path, order))
    return _elements(value, path, order)


def _elements(value: Brackets, path: Path, order: Order) -> Brackets:
    entries = tuple(
        replace(entry, value=_value(entry.value, (*path, i), order)) for i, entry in enumerate(value.entries)
    )
    return replace(value, entries=entries)
