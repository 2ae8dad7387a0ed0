"""Keys, values and inline tables of a draft, in TOML and in JSON."""

from __future__ import annotations

import re
from typing import Any

from archc.lsp.draft import Drafting, Piece
from archc.source.text.spans import Path, Span
from archc.source.text.spelling import name_of

_BLANK = re.compile(r"[ \t]*+")
_SPACE = re.compile(r"[ \t\r\n]*+")
_COMMENT = re.compile(r"#[^\r\n]*+")
_LINE_END = re.compile(r"\r?\n?")
_LONG = re.compile(r"\"{3}(?:[^\\\"]|\\.|\"{1,2}(?!\"))*+\"{0,5}|'{3}(?:[^']|'{1,2}(?!'))*+'{0,5}", re.DOTALL)
_STRING = re.compile(r"\"(?:[^\"\\\r\n]|\\[^\r\n])*+\"?|'[^'\r\n]*+'?")
_BARE = re.compile(r"[^\s,\[\]{}#=:\"']++")
_WORD = re.compile(r"[A-Za-z0-9_-]++")
_STATEMENT = re.compile(
    r"(?P<header>\[{1,2}[ \t]*+[A-Za-z_][\w.\- \t]*+\]{0,2}[ \t]*+(?=[#\r\n]|\Z))"
    r"|(?P<pair>[A-Za-z0-9_-]++(?:[ \t]*+\.[ \t]*+[A-Za-z0-9_-]++)*+[ \t]*+=)"
)

Read = tuple[int, Any]
Part = tuple[str, Span]


def read_value(state: Drafting, pos: int, path: Path, key: Span | None) -> Read:
    """The offset after the value at `pos`, and the value; None for what is no value (yet)."""
    if state.full(path):
        return len(state.text), None
    opening = state.text[pos : pos + 1]
    if opening == "[":
        end, value = _list(state, pos, path)
    elif opening == "{":
        end, value = _table(state, pos, path)
    else:
        end, value = _scalar(state, pos)
        state.slot("value", path, pos, end)
    span = Span(pos, end)
    state.pieces[path] = Piece(key or span, span)
    return end, value


def read_key(state: Drafting, pos: int, path: Path) -> tuple[int, list[Part]]:
    """The offset after a (dotted) key and the blanks behind it, and its parts, each with its slot."""
    parts: list[Part] = []
    while True:
        pos = blank(state, pos)
        found = word(state, pos)
        end = found.end() if found else pos
        within = (*path, *(name for name, _ in parts))
        if found or parts:
            state.slot("key", within, pos, end)
        if not found:
            return pos, parts
        parts.append((name_of(found[0], state.format), Span(pos, end)))
        pos = blank(state, end)
        if state.format == "json" or not state.text.startswith(".", pos) or state.full(within):
            return pos, parts
        pos += 1


def read_pair(state: Drafting, pos: int, path: Path, table: dict[str, Any]) -> int:
    """The offset after `key = value`, or after as much of it as there is; it is put into `table`."""
    pos, parts = read_key(state, pos, path)
    separator = "=" if state.format == "toml" else ":"
    if not parts or not state.text.startswith(separator, pos):
        return pos
    for name, span in parts[:-1]:
        path = (*path, name)
        state.pieces.setdefault(path, Piece(span, span))
        table = entered(table, name)
    name, key = parts[-1]
    start = pos + 1
    pos = blank(state, start) if state.format == "toml" else space(state, start)
    if _begins_value(state, pos):
        state.gap("value", (*path, name), start, pos - 1)
        pos, table[name] = read_value(state, pos, (*path, name), key)
        return pos
    state.gap("value", (*path, name), start, min(pos, blank(state, start)))
    state.pieces[(*path, name)] = Piece(key, Span(start, start))
    table[name] = None
    return pos


def entered(table: dict[str, Any], name: str) -> dict[str, Any]:
    """The table below a key, made where there is none; the newest of an array of tables."""
    inner = table.get(name)
    if isinstance(inner, list) and inner and isinstance(inner[-1], dict):
        return inner[-1]
    if not isinstance(inner, dict):
        inner = table[name] = {}
    return inner


def gaps(state: Drafting, pos: int, role: Any, path: Path) -> int:
    """The offset after blanks, line ends and comments, in which something may be written."""
    while True:
        end = space(state, pos)
        comment = _COMMENT.match(state.text, end) if state.format == "toml" else None
        if comment is None:
            state.gap(role, path, pos, end - (end < len(state.text) and state.text[end] not in "]},"))
            return end
        state.gap(role, path, pos, end)
        ended = _LINE_END.match(state.text, comment.end())
        pos = ended.end() if ended else len(state.text)


def space(state: Drafting, pos: int) -> int:
    """The offset after blanks and line ends."""
    found = _SPACE.match(state.text, pos)
    return found.end() if found else pos


def blank(state: Drafting, pos: int) -> int:
    """The offset after blanks."""
    found = _BLANK.match(state.text, pos)
    return found.end() if found else pos


def _list(state: Drafting, pos: int, path: Path) -> Read:
    values: list[Any] = []
    pos, wanted = pos + 1, True
    while True:
        pos = gaps(state, pos, "value", (*path, len(values))) if wanted else filled(state, pos)
        char = state.text[pos : pos + 1]
        if char == "]":
            return pos + 1, values
        if char in ("", "}") or _ends(state, pos, within_table=False):
            return pos, values
        if not _begins_value(state, pos):
            pos += 1
            continue
        pos, value = read_value(state, pos, (*path, len(values)), None)
        values.append(value)
        pos, wanted = _behind(state, pos)


def _table(state: Drafting, pos: int, path: Path) -> Read:
    table: dict[str, Any] = {}
    pos, wanted = pos + 1, True
    while True:
        pos = gaps(state, pos, "key", path) if wanted else filled(state, pos)
        char = state.text[pos : pos + 1]
        if char == "}":
            return pos + 1, table
        if char in ("", "]", "{", "[") or _ends(state, pos, within_table=True):
            return pos, table  # no key begins so: it was never closed
        after = read_pair(state, pos, path, table)
        pos, wanted = _behind(state, after) if after > pos else (pos + 1, True)


def filled(state: Drafting, pos: int) -> int:
    """The offset after blanks, line ends and comments, in which nothing may be written but a comma."""
    while True:
        pos = space(state, pos)
        comment = _COMMENT.match(state.text, pos) if state.format == "toml" else None
        if comment is None:
            return pos
        pos = comment.end()


def _behind(state: Drafting, pos: int) -> tuple[int, bool]:
    """The offset after the comma behind a value, or of whatever stands there in its place, and which."""
    pos = filled(state, pos)
    comma = state.text.startswith(",", pos)
    return pos + comma, comma


def _ends(state: Drafting, pos: int, *, within_table: bool) -> bool:
    """Whether a bracket was never closed: a statement of TOML begins where a value or a key should.

    In an inline table a pair is a statement only at the beginning of a line that is not indented.
    """
    if state.format == "json":
        return False
    line = state.text.rfind("\n", 0, pos) + 1
    if state.text[line:pos].strip(" \t"):
        return False
    found = _STATEMENT.match(state.text, pos)
    if found is None or (found.lastgroup == "pair" and within_table and pos > line):
        return False
    return found["header"] is None or not _plain(found["header"].strip("[] \t"))


def _plain(word: str) -> bool:
    """Whether what looks like the name of a table is a value in a list of lists."""
    return word in ("true", "false", "inf", "nan")


def _begins_value(state: Drafting, pos: int) -> bool:
    """Whether a value stands here; in JSON a key may stand where a value should."""
    if state.text[pos : pos + 1] in ("[", "{"):
        return True
    found = _string(state, pos) or _BARE.match(state.text, pos)
    if found is None:
        return False
    return state.format == "toml" or not state.text.startswith(":", blank(state, found.end()))


def _string(state: Drafting, pos: int) -> re.Match[str] | None:
    long = _LONG.match(state.text, pos) if state.format == "toml" else None
    return long or _STRING.match(state.text, pos)


def word(state: Drafting, pos: int) -> re.Match[str] | None:
    """A key, or one part of it."""
    return _WORD.match(state.text, pos) or _STRING.match(state.text, pos)


def _scalar(state: Drafting, pos: int) -> Read:
    found = _string(state, pos)
    if found:
        return found.end(), name_of(found[0], state.format)
    found = _BARE.match(state.text, pos)
    return (found.end(), number_of(found[0])) if found else (pos, None)


def number_of(word: str) -> Any:
    """A number or a truth; None for a word that is neither."""
    if word in ("true", "false"):
        return word == "true"
    digits = word.replace("_", "")
    if len(digits) > 40:
        return None
    for read in (int, lambda text: int(text, 0), float):
        try:
            return read(digits)
        except ValueError:
            continue
    return None
