"""Offsets of a text as the lines and columns that an editor counts, and back."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal, NamedTuple

from archc.source.text.spans import Span

Encoding = Literal["utf-8", "utf-16", "utf-32"]
"""The units that columns count: bytes, UTF-16 code units (an astral character is two), or characters."""

_BOM = "\ufeff"
_LINE_END = re.compile(r"\r\n|\n|\r")


class Position(NamedTuple):
    """A line and a column, both counted from 0."""

    line: int
    character: int


@dataclass(frozen=True, slots=True)
class Lines:
    """An editor's text. Offsets are those of the text without its byte order mark, as archc reads it."""

    text: str
    starts: tuple[int, ...]
    encoding: Encoding

    def position(self, offset: int) -> Position:
        """Return where an offset stands; one beyond the end stands at the end."""
        at = max(0, min(offset + _lead(self.text), len(self.text)))
        line = bisect_right(self.starts, at) - 1
        return Position(line, _units(self.text[self.starts[line] : at], self.encoding))

    def offset(self, position: Position) -> int:
        """Return the offset of a position; beyond a line's end it is that end, beyond the text the text's."""
        if position.line >= len(self.starts):
            return len(self.text) - _lead(self.text)
        start = self.starts[max(0, position.line)]
        found = _LINE_END.search(self.text, start)
        line = self.text[start : found.start() if found else len(self.text)]
        at = start + _characters(line, position.character, self.encoding)
        return max(0, at - _lead(self.text))

    def range(self, span: Span) -> tuple[Position, Position]:
        """Return both ends of a span."""
        return self.position(span.start), self.position(span.end)


def lines_of(text: str, encoding: Encoding = "utf-16") -> Lines:
    """Return the lines of a text as an editor has it: they end with CR LF, LF or CR only."""
    return Lines(text, (0, *(found.end() for found in _LINE_END.finditer(text))), encoding)


def _lead(text: str) -> int:
    return int(text.startswith(_BOM))


def _units(text: str, encoding: Encoding) -> int:
    if text.isascii() or encoding == "utf-32":
        return len(text)
    return sum(_width(char, encoding) for char in text)


def _characters(line: str, units: int, encoding: Encoding) -> int:
    """Return how many characters of a line the first `units` units are; one that they divide is left out."""
    if line.isascii() or encoding == "utf-32":
        return max(0, min(units, len(line)))
    count = 0
    for char in line:
        units -= _width(char, encoding)
        if units < 0:
            break
        count += 1
    return count


def _width(char: str, encoding: Encoding) -> int:
    if encoding == "utf-8":
        return len(char.encode(errors="surrogatepass"))
    return 2 if ord(char) > 0xFFFF else 1
