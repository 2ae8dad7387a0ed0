"""Diagnostics as text: in full like a good compiler's, one line each, or as JSON.

Nothing from the user reaches the result unescaped, and the result stays small whatever the faults are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Literal

from archc.source.cells import View, clipped, columns, escaped, view
from archc.source.diagnostic import Diagnostic, Label
from archc.source.document import Document
from archc.source.text import Location, Source, Span

MOST = 20
BYTES = 8_000
NARROWEST, WIDEST = 40, 160
SENTENCE = 300

Look = Literal["full", "concise", "json"]
Placed = tuple[Label, Location]

_STYLES = {"error": "1;31", "warning": "1;33", "gutter": "1;34", "strong": "1", "help": "1;36"}


def render(
    diagnostics: Iterable[Diagnostic],
    document: Document,
    *,
    format: Look = "full",
    color: bool = False,
    width: int = 100,
) -> str:
    """The diagnostics in the order of their places, at most 20 of them and 8,000 bytes; ends in a newline
    unless there are none."""
    ordered = sorted(diagnostics, key=lambda each: _order(each, document))
    if format == "json":
        return _json(ordered, document)
    room = max(NARROWEST, min(width, WIDEST))
    blocks: list[str] = []
    budget = BYTES - len("and 99999 more\n")
    for diagnostic in ordered[:MOST]:
        plain = _block(diagnostic, document, format, room, color=False)
        budget -= len(plain.encode()) + 1
        if budget < 0:
            break
        blocks.append(_block(diagnostic, document, format, room, color=True) if color else plain)
    left = len(ordered) - len(blocks)
    blocks += [f"and {left} more\n"] if left else []
    return ("\n" if format == "full" else "").join(blocks)


def _order(diagnostic: Diagnostic, document: Document) -> tuple[bool, str, int]:
    """Faults of the file first, each in the order of the text."""
    at = _location(_primary(diagnostic), document)
    return at.source is not document.source, at.source.text, at.span.start


def _primary(diagnostic: Diagnostic) -> Label:
    return diagnostic.labels[0] if diagnostic.labels else Label()


def _location(label: Label, document: Document) -> Location:
    return label.at or document.locate(label.path, label.aim)


def _paint(text: str, style: str, color: bool) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if color and text else text


def _block(diagnostic: Diagnostic, document: Document, format: Look, room: int, color: bool) -> str:
    if format == "concise":
        return _line(diagnostic, document, color)
    return "\n".join(_full(diagnostic, document, room, color)) + "\n"


def _place(at: Location) -> str:
    line, column = at.source.position(at.span.start)
    return f"{clipped(escaped(at.source.name), 200)}:{line}:{column}"


def _headline(diagnostic: Diagnostic, color: bool) -> str:
    kind = _paint(f"{diagnostic.severity}[{diagnostic.code}]", diagnostic.severity, color)
    return kind + _paint(f": {_sentence(diagnostic.message)}", "strong", color)


def _sentence(text: str) -> str:
    return clipped(escaped(text), SENTENCE)


def _line(diagnostic: Diagnostic, document: Document, color: bool) -> str:
    place = _place(_location(_primary(diagnostic), document))
    help = f" (help: {_sentence(diagnostic.help[0])})" if diagnostic.help else ""
    return f"{place}: {_headline(diagnostic, color)}{help}\n"


def _full(diagnostic: Diagnostic, document: Document, room: int, color: bool) -> Iterator[str]:
    placed = [(label, _location(label, document)) for label in diagnostic.labels or (Label(),)]
    digits = max(len(str(at.source.position(at.span.start).line)) for _, at in placed)
    primary = placed[0]
    yield _headline(diagnostic, color)
    for source, members in _by_source(placed):
        arrow = "-->" if source is primary[1].source else ":::"
        lead = primary if arrow == "-->" else members[0]
        yield _paint(f"{' ' * digits}{arrow} ", "gutter", color) + _place(lead[1])
        yield from _excerpt(source, members, primary, diagnostic.severity, digits, room, color)
    for help in diagnostic.help:
        equals = _paint(f"{' ' * digits} = ", "gutter", color)
        yield f"{equals}{_paint('help', 'help', color)}: {_sentence(help)}"


def _by_source(placed: list[Placed]) -> list[tuple[Source, list[Placed]]]:
    """Labels grouped by their source, the primary's first."""
    groups: list[tuple[Source, list[Placed]]] = []
    for each in placed:
        source = each[1].source
        members = next((members for known, members in groups if known is source), None)
        if members is None:
            groups.append((source, [each]))
        else:
            members.append(each)
    return groups


def _excerpt(
    source: Source,
    members: list[Placed],
    primary: Placed,
    severity: str,
    digits: int,
    room: int,
    color: bool,
) -> Iterator[str]:
    """The lines that the labels stand on, each with a row of markers for every label."""
    bar = _paint(f"{' ' * digits} |", "gutter", color)
    last = 0
    yield bar
    lines = sorted(members, key=lambda each: source.position(each[1].span.start).line)
    for number, group in groupby(lines, key=lambda each: source.position(each[1].span.start).line):
        here = sorted(group, key=lambda each: each is not primary)
        if last and number > last + 1:
            yield _paint("...", "gutter", color)
        last = number
        line = source.line_span(here[0][1].span.start)
        seen = view(source, line, here[0][1].span, room - digits - 3)
        yield f"{_paint(f'{number:>{digits}} |', 'gutter', color)} {seen.shown}".rstrip(" ")
        for each in here:
            style = severity if each is primary else "gutter"
            for row in _markers(each, each is primary, seen, line, room - digits - 3):
                yield f"{bar} {_row(row, style, color)}"


def _row(row: str, style: str, color: bool) -> str:
    body = row.lstrip(" ")
    return row[: len(row) - len(body)] + _paint(body, style, color)


def _markers(placed: Placed, primary: bool, seen: View, line: Span, room: int) -> Sequence[str]:
    """Carets under the span with the label's text behind them, or on rows below where it does not fit."""
    label, at = placed
    start = seen.column(at.span.start)
    length = max(1, seen.column(min(at.span.end, line.end)) - start)
    marks = " " * start + ("^" if primary else "-") * length
    text = _sentence(label.text)
    if not text:
        return [marks]
    if start + length + 1 + columns(text) <= room:
        return [f"{marks} {text}"]
    indent = max(0, min(start, room - columns(text)))
    return [marks, *(" " * indent + piece for piece in _wrapped(text, room - indent))]


def _wrapped(text: str, room: int) -> list[str]:
    """The words of `text` on lines of at most `room` columns (a longer word stands alone)."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and columns(joined) > room:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines


def _json(ordered: list[Diagnostic], document: Document) -> str:
    import json

    shown = [_fields(each, document) for each in ordered[:MOST]]
    result = {"file": document.name, "diagnostics": shown, "more": len(ordered) - len(shown)}
    return json.dumps(result, indent=2) + "\n"


def _fields(diagnostic: Diagnostic, document: Document) -> dict[str, Any]:
    from archc.source.codes import CODES

    known = CODES.get(diagnostic.code)
    labels = diagnostic.labels or (Label(),)
    return {
        "code": diagnostic.code,
        "name": known.name if known else "",
        "severity": diagnostic.severity,
        "message": _sentence(diagnostic.message),
        "labels": [_label_fields(label, document) for label in labels],
        "help": [_sentence(help) for help in diagnostic.help],
    }


def _label_fields(label: Label, document: Document) -> dict[str, Any]:
    at = _location(label, document)
    start, end = at.source.position(at.span.start), at.source.position(at.span.end)
    return {
        "file": at.source.name,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "path": list(label.path),
        "text": _sentence(label.text),
    }
