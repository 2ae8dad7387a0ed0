"""Text as a terminal shows it: escaped where it is not printable, measured where it is wide."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archc.source.text.spans import Source, Span

TAB = "    "
CUT = "..."
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def escaped(text: str) -> str:
    """Return `text` without anything that moves a cursor, changes a color or direction, or ends a line."""
    return text if text.isprintable() else "".join(map(_glyph, text))


def quoted(text: str, limit: int = 60) -> str:
    """Return `text` escaped, and clipped to a length that fits in a sentence."""
    return clipped(escaped(text[: limit + 1]), limit)


def clipped(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT


def columns(text: str) -> int:
    """Return the number of terminal columns that escaped text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


class View(NamedTuple):
    """One line as shown, and the column at which an offset of the source stands in it."""

    shown: str
    column: Callable[[int], int]


def view(source: Source, line: Span, focus: Span, room: int) -> View:
    """Return the line in at most `room` columns, windowed around the start of `focus` where it is longer."""
    start = max(line.start, min(focus.start, line.end) - room)
    end = min(line.end, start + 3 * room)
    glyphs = [TAB if char == "\t" else _glyph(char) for char in source.text[start:end]]
    widths = [columns(glyph) for glyph in glyphs]
    first, last = 0, len(glyphs)
    if (start, end) != line or sum(widths) > room:
        first, last = _window(widths, focus.start - start, room - 2 * len(CUT))
    before = CUT if start + first > line.start else ""
    after = CUT if start + last < line.end else ""

    def column(offset: int) -> int:
        stop = max(first, min(offset - start, last))
        return len(before) + sum(widths[first:stop])

    return View(before + "".join(glyphs[first:last]) + after, column)


def _window(widths: list[int], focus: int, room: int) -> tuple[int, int]:
    """Return the range of glyphs around `focus` that fits in `room`, a third of it before the focus."""
    first = last = max(0, min(focus, len(widths)))
    used = 0
    while first > 0 and used + widths[first - 1] <= room // 3:
        first -= 1
        used += widths[first]
    while last < len(widths) and used + widths[last] <= room:
        used += widths[last]
        last += 1
    while first > 0 and used + widths[first - 1] <= room:
        first -= 1
        used += widths[first]
    return first, last


def _glyph(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _width(char: str) -> int:
    if char.isascii():
        return 1
    import unicodedata

    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
