"""Places in a text: spans, sources, and the marks that tie a value of the data to its text."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from archc.spec.frozen import Frozen, frozen

Path = tuple[str | int, ...]
"""Steps from the root of the data to one value: keys of tables and indices of lists."""

Aim = Literal["key", "value", "header"]
"""Which text of a place is meant: its key, its value, or the header of the table it is."""


class Span(NamedTuple):
    """A half-open range of characters (not bytes)."""

    start: int
    end: int

    def shifted(self, by: int) -> Span:
        return Span(self.start + by, self.end + by)


class Position(NamedTuple):
    """A line and a column, both counted from 1; columns count characters."""

    line: int
    column: int


@frozen
class Source(Frozen):
    """A text and the name it is shown under: a file's path, `<stdin>`, or a flag."""

    name: str
    text: str

    def position(self, offset: int) -> Position:
        start = self.text.rfind("\n", 0, offset) + 1
        return Position(self.text.count("\n", 0, start) + 1, offset - start + 1)

    def line_span(self, offset: int) -> Span:
        """Return the line around `offset`, without its line end."""
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        end = len(self.text) if end < 0 else end
        return Span(start, end - 1 if self.text[start:end].endswith("\r") else end)


@frozen
class Location(Frozen):
    """A span of one source."""

    source: Source
    span: Span


def value_at(data: Any, path: Path) -> Any:
    """Return what stands at a path that the data has."""
    for step in path:
        data = data[step]
    return data


class Mark(NamedTuple):
    """Where one value of the data stands.

    The root has no key and every value has a header: that of the table it is, or else its key.
    """

    source: Source
    key: Span
    value: Span
    header: Span


Marks = dict[Path, Mark]
