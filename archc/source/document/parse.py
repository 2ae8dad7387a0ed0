"""Text to values and marks, or to the diagnostics that say why not."""

from __future__ import annotations

from typing import Any

from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.text import limits
from archc.source.text.limits import Excess, Format
from archc.source.text.marks import scan
from archc.source.text.spans import Location, Marks, Source, Span
from archc.source.text.tree import tree_of

Parsed = tuple[dict[str, Any], Marks]


class Refused(Exception):
    """The text cannot become a document."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics


def parse(source: Source, format: Format, limit: int = limits.BYTES) -> Parsed:
    """Return the values of the text and where each stands. Raises Refused."""
    _check_size(source, limit)
    if excess := limits.excess(tree_of(source.text, format), format):
        raise Refused(beyond(source, excess))
    data = _toml_values(source) if format == "toml" else _json_values(source)
    fault = limits.fault_in(data, format)
    if fault and fault.code == "ARC005":
        raise Refused(beyond(source, fault))
    found = scan(source, format)
    if found.duplicates:
        from archc.source.document.syntax_errors import twice

        raise Refused(*(twice(source, first, second) for _, first, second in found.duplicates))
    if fault:
        raise Refused(beyond(source, fault, found.marks))
    return data, found.marks


def _check_size(source: Source, limit: int) -> None:
    try:
        size = len(source.text.encode())
    except UnicodeEncodeError as error:
        at = Location(source, Span(error.start, error.end))
        help = (_REMEDIES["ARC002"],)
        raise Refused(Diagnostic("ARC002", "the text is not Unicode", (Label(at=at),), help)) from None
    if size > limit:
        raise Refused(too_large(source, limit))


def too_large(source: Source, limit: int) -> Diagnostic:
    help = "a spec describes one model; data and weights stand in files of their own"
    start = Label(at=Location(source, Span(0, 0)))
    return Diagnostic("ARC003", f"the document is larger than {limit:,} bytes", (start,), (help,))


def _toml_values(source: Source) -> dict[str, Any]:
    import tomli

    try:
        return tomli.loads(source.text)
    except tomli.TOMLDecodeError as error:
        from archc.source.document.syntax_errors import toml_fault

        raise Refused(toml_fault(source, error)) from None


def _json_values(source: Source) -> dict[str, Any]:
    import json

    try:
        data = json.loads(source.text)
    except json.JSONDecodeError as error:
        from archc.source.document.syntax_errors import json_fault

        raise Refused(json_fault(source, error)) from None
    if not isinstance(data, dict):
        start = Label(at=Location(source, Span(0, 1)))
        help = 'put the keys into one object: { "archc": 1, ... }'
        raise Refused(
            Diagnostic("ARC008", "the document is not a table of keys and values", (start,), (help,))
        )
    return data


def beyond(source: Source, excess: Excess, marks: Marks | None = None) -> Diagnostic:
    at = Location(source, Span(excess.offset, excess.offset + 1))
    if marks and excess.path in marks:
        mark = marks[excess.path]
        at = Location(mark.source, mark.value)
    return Diagnostic(excess.code, excess.message, (Label(at=at),), (_REMEDIES[excess.code],))


_REMEDIES = {
    "ARC002": "write the character itself, or both halves of its pair",
    "ARC004": "look for a bracket that is not closed",
    "ARC005": "a spec describes one model: lists of data stand in files of their own",
    "ARC006": "write a finite number; integers fit in 64 bits",
}
