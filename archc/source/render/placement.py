"""Where diagnostics stand, in which order and in how many words: what every rendering agrees on."""

from __future__ import annotations

from collections.abc import Iterable

from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.document import Document
from archc.source.text.cells import clipped, escaped
from archc.source.text.spans import Location

MOST = 20
"""Diagnostics of one document that are shown."""
SENTENCE = 300

Placed = tuple[Label, Location]


def ordered(diagnostics: Iterable[Diagnostic], document: Document) -> list[Diagnostic]:
    """Return faults of the file first, each in the order of the text."""
    return sorted(diagnostics, key=lambda each: _order(each, document))


def _order(diagnostic: Diagnostic, document: Document) -> tuple[bool, str, int]:
    at = location(primary(diagnostic), document)
    return at.source is not document.source, at.source.text, at.span.start


def primary(diagnostic: Diagnostic) -> Label:
    return diagnostic.labels[0] if diagnostic.labels else Label()


def location(label: Label, document: Document) -> Location:
    return label.at or document.locate(label.path, label.aim)


def placed(diagnostic: Diagnostic, document: Document) -> list[Placed]:
    """Return every label with its place, the primary one first; there is always one."""
    return [(label, location(label, document)) for label in diagnostic.labels or (Label(),)]


def sentence(text: str) -> str:
    """Return the text without anything that drives a terminal, at most 300 characters of it."""
    return clipped(escaped(text), SENTENCE)
