"""A text as far as it can be made out: what is written in it, and what each place in it is for.

A text is broken at the cursor while one types. A draft has the values that can be told, the places of keys
and values as `archc.source` has them, and the slots: the stretches of text in which a key or a value is
expected. Of a text that parses it has the parser's data, but for dates, which no spec holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from archc.source.text.limits import Format
from archc.source.text.spans import Path, Span
from archc.source.text.spelling import name_of
from archc.spec.keys import value_at

Role = Literal["key", "value", "table", "tables"]
"""The content of a slot: a key, a value, or part of a header `[a.b]` or `[[a.b]]`."""


class Slot(NamedTuple):
    """A place for something.

    Attributes:
        path: the value's place in the data; for a key or a part of a header, that of the table it is in.
        token: what is written there; empty where nothing is.
        reach: the offsets, both ends included, at which a cursor means this slot.
    """

    role: Role
    path: Path
    token: Span
    reach: Span


class Piece(NamedTuple):
    """Where a value stands: its key (its own place where it has none) and itself (a header's text)."""

    key: Span
    value: Span


@dataclass(frozen=True, slots=True)
class Draft:
    """The text made out."""

    text: str
    format: Format
    data: dict[str, Any]
    pieces: dict[Path, Piece]
    slots: tuple[Slot, ...]
    sections: tuple[tuple[Path, Span], ...]
    """The tables that have a header, in the order of the text, with the header."""

    def slot_at(self, offset: int) -> Slot | None:
        """Return the innermost slot around a cursor; if it is empty, its token is at the cursor."""
        around = [slot for slot in self.slots if slot.reach.start <= offset <= slot.reach.end]
        found = min(around, key=lambda slot: slot.reach.end - slot.reach.start, default=None)
        if found is None or found.token.start < found.token.end:
            return found
        return found._replace(token=Span(offset, offset))

    def written(self, span: Span) -> str:
        """Return the text of a span."""
        return self.text[span.start : span.end]

    def name(self, span: Span) -> str:
        """Return the name that the text of a span spells; empty where nothing is written."""
        raw = self.written(span)
        return name_of(raw, self.format) if raw else ""

    def value(self, path: Path) -> Any:
        """Return what stands at a path; None where nothing does."""
        return value_at(self.data, path)
