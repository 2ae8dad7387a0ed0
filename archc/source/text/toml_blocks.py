"""The tree of an accepted TOML text as blocks to lay out: tables, pairs and values, each with its comments.

A comment belongs to the code beside it or below it:

    # a word on what follows          above  of the entry `lr = 3e-4`
    lr = 3e-4  # warm                 beside of it
    # and one at the end              below  of the table, where an empty line follows
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from archc.source.text.nodes import TRIVIA, VALUES, Node, Tree, parts
from archc.source.text.spans import Path
from archc.source.text.spelling import name_of
from archc.spec.frozen import Frozen, frozen

BLANK = ""
"""The mark among lines of comments for an empty line, or several."""

_ALLOW = re.compile(r"#[ \t]*archc:")  # speaks of the line below it

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


class Blocks(NamedTuple):
    """The comment that a file begins with, its tables, the comments at its end."""

    top: Lines
    tables: tuple[Table, ...]
    end: Lines


class Gap(NamedTuple):
    """The space between two nodes: a comment on the first's line, whole lines, whether a line ends."""

    beside: str = ""
    lines: Lines = ()
    broken: bool = False


def blocks(tree: Tree) -> Blocks:
    """Return the blocks of a text that tomli has accepted and whose lines end in `\\n`."""
    return _Reader(tree.text).read(tree.root)


Spaced = list[tuple[Node, Gap]]
"""Nodes, each with the gap behind it."""


@dataclass(slots=True)
class _Reader:
    text: str
    newest: dict[Path, int] = field(default_factory=dict)

    def read(self, root: Node) -> Blocks:
        gap, statements = self._spaced(root.children, begin=True)
        top, above = _head(gap.lines)
        tables = [Table(())]
        pairs: list[Entry] = []
        for i, (statement, after) in enumerate(statements):
            if statement.kind == "header":
                tables.append(replace(self._header(statement), above=above, beside=after.beside))
                pairs = []
            else:
                pairs.append(replace(self._pair(statement), above=above, beside=after.beside))
                tables[-1] = replace(tables[-1], pairs=tuple(pairs))
            above = after.lines
            last = i + 1 == len(statements)
            if last or statements[i + 1][0].kind == "header":
                below, above = _foot(above, last=last)
                tables[-1] = replace(tables[-1], below=below)
        return Blocks(top, tuple(tables), above)

    def _header(self, header: Node) -> Table:
        key, array = header.child("key"), header.children[1].kind == "["
        names = self._names(key) if key else ()
        path: Path = ()
        for name in names[:-1]:
            path = (*path, name)
            path = (*path, self.newest[path]) if path in self.newest else path
        path = (*path, names[-1])
        if array:
            self.newest[path] = self.newest.get(path, -1) + 1
            path = (*path, self.newest[path])
        return Table(path, names, array)

    def _names(self, key: Node) -> tuple[str, ...]:
        return tuple(name_of(self._raw(each), "toml") for each in parts(key))

    def _raw(self, node: Node) -> str:
        return self.text[node.start : node.end]

    def _pair(self, pair: Node) -> Entry:
        return replace(self._element(pair.children[-1]), keys=self._names(pair.children[0]))

    def _element(self, value: Node) -> Entry:
        return Entry((), Scalar(self._raw(value)) if value.kind == "scalar" else self._brackets(value))

    def _brackets(self, value: Node) -> Brackets:
        gap, inside = self._spaced(value.children[1:-1])
        opening, above, broken = gap.beside, gap.lines, gap.broken
        entries: list[Entry] = []
        comma = False
        for node, after, with_comma in _joined_commas(inside):
            entry = self._pair(node) if node.kind == "pair" else self._element(node)
            entries.append(replace(entry, above=above, beside=after.beside, row=gap.broken))
            gap, above, broken, comma = after, after.lines, broken or after.broken, with_comma
        below = _stripped(above)
        entries = [replace(each, above=_led(each.above, i)) for i, each in enumerate(entries)]
        said = bool(opening or below or any(each.beside or any(each.above) for each in entries))
        spread = said or (broken and comma)
        kind: Literal["[", "{"] = "[" if value.kind == "list" else "{"
        return Brackets(kind, tuple(entries), opening, below, spread)

    def _spaced(self, children: Sequence[Node], begin: bool = False) -> tuple[Gap, Spaced]:
        """Return the gap before the first node that is no trivia, and every such node."""
        first: list[Node] = []
        found: list[tuple[Node, list[Node]]] = []
        trivia = first
        for each in children:
            if each.kind in TRIVIA:
                trivia.append(each)
            else:
                trivia = []
                found.append((each, trivia))
        return self._gap(first, begin), [(node, self._gap(after)) for node, after in found]

    def _gap(self, trivia: Sequence[Node], begin: bool = False) -> Gap:
        """Read trivia; `begin`: nothing stands before it, so that a comment there has a line of its own."""
        lines: list[str] = []
        beside, broken, comment = "", begin, ""
        for each in (*trivia, None):
            if each is not None and each.kind == "comment":
                comment = self._raw(each).strip()
            if each is not None and each.kind != "newline":
                continue
            if comment and not broken:
                beside = comment
            elif comment or (each is not None and broken and (not lines or lines[-1] != BLANK)):
                lines.append(comment)
            broken, comment = broken or each is not None, ""
        return Gap(beside, tuple(lines), broken)


def _joined_commas(inside: Spaced) -> Iterator[tuple[Node, Gap, bool]]:
    """Yield each entry with what follows it on both sides of its comma, and whether it has one."""
    for i, (node, before) in enumerate(inside):
        if node.kind not in VALUES and node.kind != "pair":
            continue
        if i + 1 < len(inside) and inside[i + 1][0].kind == ",":
            yield node, _around_comma(before, inside[i + 1][1]), True
        else:
            yield node, before, False


def _around_comma(before: Gap, after: Gap) -> Gap:
    if not before.beside and not before.lines:
        return after
    between = (after.beside,) if before.beside and after.beside else ()
    beside = before.beside or after.beside
    return Gap(beside, _collapsed((*before.lines, *between, *after.lines)), after.broken)


def _collapsed(lines: Lines) -> Lines:
    """Return the lines without an empty one behind another."""
    return tuple(line for i, line in enumerate(lines) if line or i == 0 or lines[i - 1])


def _head(lines: Lines) -> tuple[Lines, Lines]:
    """Return the block of comments that a file begins with, the schema's line first; the lines after it."""
    start = 1 if lines[:1] == (BLANK,) else 0
    ends = (i for i in range(start, len(lines)) if lines[i] == BLANK or _ALLOW.match(lines[i]))
    end = next(ends, len(lines))
    block = lines[start:end]
    schema = tuple(line for line in block if line.startswith("#:schema"))
    return (*schema, *(line for line in block if line not in schema)), lines[end:]


def _foot(lines: Lines, last: bool) -> tuple[Lines, Lines]:
    """Return the comments that stay at a table's end: those right below it, with an empty line after them."""
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
    """Return the lines above an entry; no empty one below the opening bracket."""
    return lines[1:] if index == 0 and lines[:1] == (BLANK,) else lines
