"""Statements of TOML in a draft: headers and pairs, each on a line of its own."""

from __future__ import annotations

import re
from typing import Any

from archc.lsp.draft import Drafting, Piece
from archc.lsp.draft_values import blank, entered, read_pair, word
from archc.source.text.spans import Path, Span
from archc.source.text.spelling import name_of

_EMPTY_LINES = re.compile(r"(?:[ \t]*+(?:\r\n|\n|\r))++")
_REST = re.compile(r"[^\r\n]*+(?:\r\n|\n|\r|\Z)")


def read(state: Drafting) -> None:
    """The whole text, statement by statement."""
    pos, table = 0, state.data
    path: Path = ()
    state.pieces[()] = Piece(Span(0, 0), Span(0, len(state.text)))
    while pos < len(state.text):
        if state.full(()):
            return
        empty = _EMPTY_LINES.match(state.text, pos)
        if empty:
            state.gap("key", path, pos, empty.end() - 1)
            pos = empty.end()
            continue
        start, pos = pos, blank(state, pos)
        char = state.text[pos : pos + 1]
        if char == "[":
            pos, path, table = _header(state, pos)
        elif char != "#" and char:
            pos = read_pair(state, pos, path, table)
            if _begins_line(state.text, start, pos):
                continue  # brackets were open up to here, where a statement begins
        else:
            state.gap("key", path, start, pos - bool(char))
        pos = _next_line(state, pos)
    if not state.text or state.text[-1] in "\r\n":
        state.gap("key", path, len(state.text), len(state.text))


def _begins_line(text: str, start: int, pos: int) -> bool:
    """Whether nothing but blanks stand between `pos` and the beginning of its line, one behind `start`."""
    line = text.rfind("\n", start, pos) + 1
    return line > start and not text[line:pos].strip(" \t") and pos < len(text)


def _next_line(state: Drafting, pos: int) -> int:
    rest = _REST.match(state.text, pos)
    return max(pos + 1, rest.end()) if rest else len(state.text)


def _header(state: Drafting, pos: int) -> tuple[int, Path, dict[str, Any]]:
    """The offset after a header, and the table that it opens, by its path and its data."""
    start, many = pos, state.text.startswith("[[", pos)
    parts, pos = _parts(state, pos + (2 if many else 1), many)
    while state.text.startswith("]", pos):
        pos += 1
    span = Span(start, pos)
    path: Path = ()
    table = state.data
    for index, (name, key) in enumerate(parts):
        last = index == len(parts) - 1
        if last and many:
            path, table = _appended(state, (*path, name), table, Piece(key, span))
        else:
            path, table = _opened(state, (*path, name), table, Piece(key, span))
    if parts:
        state.pieces[path] = Piece(parts[-1][1], span)
        state.sections.append((path, span))
    return pos, path, table


def _parts(state: Drafting, pos: int, many: bool) -> tuple[list[tuple[str, Span]], int]:
    """The names of a header, each with its slot, and the offset after them."""
    parts: list[tuple[str, Span]] = []
    while True:
        pos = blank(state, pos)
        found = word(state, pos)
        end = found.end() if found else pos
        state.slot("tables" if many else "table", _resolved(state, parts), pos, end)
        if found is None:
            return parts, pos
        parts.append((name_of(found[0], "toml"), Span(pos, end)))
        pos = blank(state, end)
        if not state.text.startswith(".", pos) or state.full(tuple(name for name, _ in parts)):
            return parts, pos
        pos += 1


def _resolved(state: Drafting, parts: list[tuple[str, Span]]) -> Path:
    """The path of the table that names lead to, with the place in each array of tables on the way."""
    path: Path = ()
    value: Any = state.data
    for name, _ in parts:
        path = (*path, name)
        value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, list) and value:
            path, value = (*path, len(value) - 1), value[-1]
    return path


def _opened(state: Drafting, path: Path, table: dict[str, Any], piece: Piece) -> tuple[Path, dict[str, Any]]:
    name = str(path[-1])
    inner = entered(table, name)
    state.pieces.setdefault(path, piece)
    held = table[name]
    return ((*path, len(held) - 1), inner) if isinstance(held, list) else (path, inner)


def _appended(
    state: Drafting, path: Path, table: dict[str, Any], piece: Piece
) -> tuple[Path, dict[str, Any]]:
    """The next table of an array of tables; a table of that name is entered, as `[[model` may go on."""
    name = str(path[-1])
    held = table.get(name)
    if isinstance(held, dict):
        return path, held
    if not isinstance(held, list):
        held = table[name] = []
    state.pieces.setdefault(path, piece)
    inner: dict[str, Any] = {}
    held.append(inner)
    return (*path, len(held) - 1), inner
