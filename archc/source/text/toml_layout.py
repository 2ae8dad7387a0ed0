"""A blocks as canonical text: spacing, quotes, line breaks, comments in their column."""

from __future__ import annotations

import re
from collections.abc import Callable

from archc.source.text.quoting import quoted_string, written_key
from archc.source.text.spans import Path
from archc.source.text.toml_blocks import BLANK, Blocks, Brackets, Entry, Lines, Scalar, Table, Value

WIDTH = 120
COLUMN = 34
_INDENT = "    "
_AFTER = "    "
_CLOSING = {"[": "]", "{": "}"}
_PLAIN_LITERAL = re.compile(r"'[\w ./:{}*?,-]*'")  # a pattern keeps its single quotes


def laid_out(blocks: Blocks, alike: Callable[[Path], bool]) -> str:
    """Return the text of the blocks, its lines ending in `\\n`.

    `alike` says of a list or table whether what it holds is all of one kind: such tables need no line between
    them, and have one where their author left one.
    """
    lines = list(blocks.top)
    before: Path = ()
    for table in blocks.tables:
        if table.path:
            close = (
                before[: len(table.path) - 1] == table.path[:-1] and bool(before) and alike(table.path[:-1])
            )
            lines += _header(table, close, bool(lines))
            before = table.path
        lines += _pairs(table, bool(lines))
    end = _trimmed(blocks.end)
    lines += [*([BLANK] if lines and end else []), *end]
    return "\n".join(lines) + "\n" if lines else ""


def _header(table: Table, close: bool, follows: bool) -> Lines:
    name = ".".join(written_key(key, "toml") for key in table.keys)
    line = f"[[{name}]]" if table.array else f"[{name}]"
    space = (BLANK,) if follows and not (close and table.above[:1] != (BLANK,)) else ()
    return (*space, *_trimmed(table.above), _with_comment(line, table.beside))


def _pairs(table: Table, follows: bool) -> Lines:
    lines: list[str] = []
    for i, pair in enumerate(table.pairs):
        above = pair.above
        if above[:1] == (BLANK,) and i == 0 and (table.path or not follows):
            above = above[1:]
        lines += above
        lines += _with_comment(_pair(pair, "", 0), pair.beside).split("\n")
    return (*lines, *table.below)


def _pair(pair: Entry, indent: str, after: int) -> str:
    """Return `key = value`; `after` is how much more must fit in its last line."""
    lead = indent + ".".join(written_key(key, "toml") for key in pair.keys) + (" = " if pair.keys else "")
    return lead + _value(pair.value, indent, len(lead), after)


def _value(value: Value, indent: str, used: int, after: int) -> str:
    """Return the value, its first line behind `used` columns."""
    flat = _flat(value)
    if isinstance(value, Scalar) or (flat is not None and used + len(flat) + after <= WIDTH):
        return flat or ""
    if value.spread or (value.kind == "[" and value.entries):
        return _spread(value, indent, used)
    return _hugging(value, indent, used)


def _flat(value: Value) -> str | None:
    """Return the value on one line, or None where it cannot be."""
    if isinstance(value, Scalar):
        return _scalar(value.raw)
    if value.spread:
        return None
    parts = []
    for entry in value.entries:
        inner = _flat(entry.value)
        if inner is None or "\n" in inner:
            return None
        parts.append(_lead(entry) + inner)
    return _closed(value, ", ".join(parts))


def _closed(value: Brackets, inside: str) -> str:
    if value.kind == "{":
        return f"{{ {inside} }}" if inside else "{}"
    return f"[{inside}]"


def _lead(entry: Entry) -> str:
    return ".".join(written_key(key, "toml") for key in entry.keys) + (" = " if entry.keys else "")


def _scalar(raw: str) -> str:
    """Return as spelled, but for single quotes around what is the same in double ones."""
    return quoted_string(raw[1:-1]) if _PLAIN_LITERAL.fullmatch(raw) else raw


def _hugging(value: Brackets, indent: str, used: int) -> str:
    """Return an inline table on one line, but for the lists in it that are spread or hold tables."""
    out = "{ "
    for i, entry in enumerate(value.entries):
        out += (", " if i else "") + _lead(entry)
        column = used + len(out) if "\n" not in out else len(out) - out.rfind("\n") - 1
        inner = entry.value
        flat = _flat(inner)
        breaks = flat is None or (isinstance(inner, Brackets) and _holds_tables(inner))
        out += _broken(inner, indent, column) if breaks else flat or ""
    return out + " }" if value.entries else "{}"


def _broken(value: Value, indent: str, used: int) -> str:
    if isinstance(value, Brackets) and (value.spread or value.kind == "["):
        return _spread(value, indent, used)
    return _value(value, indent, used, 0)


def _holds_tables(value: Brackets) -> bool:
    return value.kind == "[" and any(isinstance(entry.value, Brackets) for entry in value.entries)


def _spread(value: Brackets, indent: str, used: int) -> str:
    """Return one entry a line; numbers and words in the rows in which they were written, where these fit."""
    inner = indent + _INDENT
    lines = [_with_comment(value.kind, value.opening, used)]
    open_row = False
    for entry in value.entries:
        text = _pair(entry, inner, 1) + ","
        joins = open_row and _joins(entry, value) and len(lines[-1]) + len(text) - len(inner) + 1 <= WIDTH
        if joins:
            lines[-1] += " " + text[len(inner) :]
        else:
            lines += [inner + line if line else BLANK for line in entry.above]
            lines.append(text)
        open_row = isinstance(entry.value, Scalar) and not entry.beside
        lines[-1] = _with_comment(lines[-1], entry.beside)
    lines += [inner + line if line else BLANK for line in value.below]
    return "\n".join([*lines, indent + _CLOSING[value.kind]])


def _joins(entry: Entry, value: Brackets) -> bool:
    """Return True where an entry may stand behind the one before it.

    It did already, or the list is spread for its length.
    """
    if not isinstance(entry.value, Scalar) or "\n" in entry.value.raw or entry.keys or entry.above:
        return False
    return not (value.spread and entry.row)


def _with_comment(code: str, comment: str, used: int = 0) -> str:
    """Return the comment behind the code, in the comments' column if the code, from `used`, leaves room."""
    if not comment:
        return code
    width = used + len(code) if "\n" not in code else len(code) - code.rfind("\n") - 1
    return code + (" " * (COLUMN - width) if width < COLUMN - 1 else _AFTER) + comment


def _trimmed(lines: Lines) -> Lines:
    while lines[:1] == (BLANK,):
        lines = lines[1:]
    while lines[-1:] == (BLANK,):
        lines = lines[:-1]
    return lines
