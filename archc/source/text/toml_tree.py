"""An accepted TOML text as a tree that holds all of it: tables, keys, values as spelled, comments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from archc.source.text.spans import Path
from archc.source.text.toml_marks import read_key, read_scalar
from archc.spec.frozen import Frozen, frozen

BLANK = ""
"""What stands among lines of comments for an empty line, or several."""

_ALLOW = re.compile(r"#[ \t]*archc:")  # speaks of the line below it
_GAP = re.compile(r"[ \t]*(?:#[^\n]*)?")

Lines = tuple[str, ...]


class Scalar(NamedTuple):
    """A string, number, boolean or date as it is spelled."""

    raw: str


@frozen
class Entry(Frozen):
    """An element of a list or a pair of a table: the lines of comments above it, the comment beside it.

    `row` says that it began a line within brackets.
    """

    keys: tuple[str, ...]
    value: Value
    above: Lines = ()
    beside: str = ""
    row: bool = False


@frozen
class Brackets(Frozen):
    """A list `[...]` or an inline table `{...}`; `spread` where its author wants it over several lines."""

    kind: Literal["[", "{"]
    entries: tuple[Entry, ...]
    opening: str = ""
    below: Lines = ()
    spread: bool = False


Value = Scalar | Brackets


@frozen
class Table(Frozen):
    """A header with its pairs; the first has none. `path` counts the elements of arrays of tables."""

    path: Path
    keys: tuple[str, ...] = ()
    array: bool = False
    above: Lines = ()
    beside: str = ""
    pairs: tuple[Entry, ...] = ()
    below: Lines = ()


class Tree(NamedTuple):
    """The comment that a file begins with, its tables, the comments at its end."""

    top: Lines
    tables: tuple[Table, ...]
    end: Lines


class Gap(NamedTuple):
    """What stands between two tokens: a comment on the first's line, whole lines, where the second begins."""

    beside: str
    lines: Lines
    broken: bool
    end: int


def tree(text: str) -> Tree:
    """The tree of a text that tomli has accepted and whose lines end in `\\n`."""
    return _Reader(text).read()


@dataclass(slots=True)
class _Reader:
    text: str
    newest: dict[Path, int] = field(default_factory=dict)

    def read(self) -> Tree:
        gap = self._gap(0, begin=True)
        top, above = _head(gap.lines)
        tables = [Table(())]
        pos = gap.end
        while pos < len(self.text):
            pos, tables[-1], above = self._statements(pos, tables[-1], above)
            if pos < len(self.text):
                pos, header = self._header(pos)
                gap = self._gap(pos)
                tables.append(replace(header, above=above, beside=gap.beside))
                pos, above = gap.end, gap.lines
                if pos >= len(self.text) or self.text[pos] == "[":
                    below, above = _foot(above, last=pos >= len(self.text))
                    tables[-1] = replace(tables[-1], below=below)
        return Tree(top, tuple(tables), above)

    def _statements(self, pos: int, table: Table, above: Lines) -> tuple[int, Table, Lines]:
        """The table with its pairs, and the lines that are left for what follows."""
        pairs: list[Entry] = []
        while pos < len(self.text) and self.text[pos] != "[":
            pos, entry = self._pair(pos)
            gap = self._gap(pos)
            pairs.append(replace(entry, above=above, beside=gap.beside))
            pos, above = gap.end, gap.lines
        if not pairs:
            return pos, table, above
        below, above = _foot(above, last=pos >= len(self.text))
        return pos, replace(table, pairs=tuple(pairs), below=below), above

    def _header(self, pos: int) -> tuple[int, Table]:
        brackets = 2 if self.text.startswith("[[", pos) else 1
        parts, end = read_key(self.text, pos + brackets)
        names = tuple(name for name, _ in parts)
        path: Path = ()
        for name in names[:-1]:
            path = (*path, name)
            path = (*path, self.newest[path]) if path in self.newest else path
        path = (*path, names[-1])
        if brackets == 2:
            self.newest[path] = self.newest.get(path, -1) + 1
            path = (*path, self.newest[path])
        return end + brackets, Table(path, names, brackets == 2)

    def _pair(self, pos: int) -> tuple[int, Entry]:
        parts, pos = read_key(self.text, pos)
        pos, value = self._value(self._gap(pos + 1).end)
        return pos, Entry(tuple(name for name, _ in parts), value)

    def _value(self, pos: int) -> tuple[int, Value]:
        opening = self.text[pos]
        if opening in "[{":
            return self._brackets(pos, "[" if opening == "[" else "{")
        end = read_scalar(self.text, pos)
        return end, Scalar(self.text[pos:end])

    def _brackets(self, pos: int, kind: Literal["[", "{"]) -> tuple[int, Brackets]:
        closing = "]" if kind == "[" else "}"
        gap = self._gap(pos + 1)
        opening, above, broken = gap.beside, gap.lines, gap.broken
        entries: list[Entry] = []
        comma = False
        while not self.text.startswith(closing, gap.end):
            row = gap.broken
            pos, entry = self._value_of(gap.end, kind)
            gap, comma = self._after(pos)
            entries.append(replace(entry, above=above, beside=gap.beside, row=row))
            above, broken = gap.lines, broken or gap.broken
        below = _stripped(above)
        entries = [replace(each, above=_led(each.above, i)) for i, each in enumerate(entries)]
        said = bool(opening or below or any(each.beside or any(each.above) for each in entries))
        spread = said or (broken and comma)
        return gap.end + 1, Brackets(kind, tuple(entries), opening, below, spread)

    def _value_of(self, pos: int, kind: Literal["[", "{"]) -> tuple[int, Entry]:
        if kind == "{":
            return self._pair(pos)
        end, value = self._value(pos)
        return end, Entry((), value)

    def _after(self, pos: int) -> tuple[Gap, bool]:
        """What follows an entry, on both sides of its comma."""
        before = self._gap(pos)
        if not self.text.startswith(",", before.end):
            return before, False
        after = self._gap(before.end + 1)
        if not before.beside and not before.lines:
            return after, True
        between = (after.beside,) if before.beside and after.beside else ()
        beside = before.beside or after.beside
        lines = _collapsed((*before.lines, *between, *after.lines))
        return Gap(beside, lines, after.broken, after.end), True

    def _gap(self, pos: int, begin: bool = False) -> Gap:
        """`begin`: nothing stands before it, so that a comment there has a line of its own."""
        lines: list[str] = []
        beside, broken = "", begin
        while True:
            found = _GAP.match(self.text, pos)
            part = found[0].strip() if found else ""
            pos = found.end() if found else pos
            ends = self.text.startswith("\n", pos)
            if part and not broken:
                beside = part
            elif part or (ends and broken and (not lines or lines[-1] != BLANK)):
                lines.append(part)
            if not ends:
                return Gap(beside, tuple(lines), broken, pos)
            pos, broken = pos + 1, True


def _collapsed(lines: Lines) -> Lines:
    """The lines without an empty one behind another."""
    return tuple(line for i, line in enumerate(lines) if line or i == 0 or lines[i - 1])


def _head(lines: Lines) -> tuple[Lines, Lines]:
    """The block of comments that a file begins with, the schema's line first; the lines after it."""
    start = 1 if lines[:1] == (BLANK,) else 0
    ends = (i for i in range(start, len(lines)) if lines[i] == BLANK or _ALLOW.match(lines[i]))
    end = next(ends, len(lines))
    block = lines[start:end]
    schema = tuple(line for line in block if line.startswith("#:schema"))
    return (*schema, *(line for line in block if line not in schema)), lines[end:]


def _foot(lines: Lines, last: bool) -> tuple[Lines, Lines]:
    """The comments that stay at a table's end: those right below it, with an empty line after them."""
    end = lines.index(BLANK) if BLANK in lines else len(lines) if last else 0
    return lines[:end], lines[end:]


def _stripped(lines: Lines) -> Lines:
    start, end = 0, len(lines)
    while start < end and lines[start] == BLANK:
        start += 1
    while end > start and lines[end - 1] == BLANK:
        end -= 1
    return lines[start:end]


def _led(lines: Lines, index: int) -> Lines:
    """The lines above an entry; no empty one below the opening bracket."""
    return lines[1:] if index == 0 and lines[:1] == (BLANK,) else lines
