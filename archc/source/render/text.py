"""Diagnostics as text: in full as a good compiler has them, or one line each.

`render_json` has them as JSON; what CI services read is in `render_github` and `render_sarif`.

Nothing from the user reaches the result unescaped, and the result stays small whatever the faults are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal

from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.document import Document
from archc.source.render.placement import MOST, Placed, location, ordered, placed, primary, sentence
from archc.source.text.cells import View, clipped, columns, escaped, view
from archc.source.text.spans import Location, Source, Span

BYTES = 8_000
NARROWEST, WIDEST = 40, 160

Look = Literal["full", "concise", "json"]

_STYLES = {"error": "1;31", "warning": "1;33", "gutter": "1;34", "strong": "1", "help": "1;36"}


def render(
    diagnostics: Iterable[Diagnostic],
    document: Document,
    *,
    format: Look = "full",
    color: bool = False,
    width: int = 100,
) -> str:
    """Return the diagnostics in the order of their places, at most 20 of them and 8,000 bytes.

    The text ends in a newline unless there are none.
    """
    if format == "json":
        from archc.source.render.json import text

        return text(diagnostics, document)
    found = ordered(diagnostics, document)
    room = max(NARROWEST, min(width, WIDEST))
    blocks: list[str] = []
    budget = BYTES - len("and 99999 more\n")
    for diagnostic in found[:MOST]:
        plain = _block(diagnostic, document, format, room, color=False)
        budget -= len(plain.encode()) + 1
        if budget < 0:
            break
        blocks.append(_block(diagnostic, document, format, room, color=True) if color else plain)
    left = len(found) - len(blocks)
    blocks += [f"and {left} more\n"] if left else []
    return ("\n" if format == "full" else "").join(blocks)


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
    return kind + _paint(f": {sentence(diagnostic.message)}", "strong", color)


def _head(diagnostic: Diagnostic, room: int, color: bool) -> Iterator[str]:
    """Yield the headline, what does not fit on its line under where it begins."""
    kind = f"{diagnostic.severity}[{diagnostic.code}]: "
    first, *rest = _wrapped(sentence(diagnostic.message), room - len(kind))
    yield _paint(kind[:-2], diagnostic.severity, color) + _paint(f": {first}", "strong", color)
    yield from (" " * len(kind) + _paint(piece, "strong", color) for piece in rest)


def _line(diagnostic: Diagnostic, document: Document, color: bool) -> str:
    place = _place(location(primary(diagnostic), document))
    help = f" (help: {sentence(diagnostic.help[0])})" if diagnostic.help else ""
    return f"{place}: {_headline(diagnostic, color)}{help}\n"


def _full(diagnostic: Diagnostic, document: Document, room: int, color: bool) -> Iterator[str]:
    places = placed(diagnostic, document)
    digits = max(len(str(at.source.position(at.span.start).line)) for _, at in places)
    first = places[0]
    yield from _head(diagnostic, room, color)
    for source, members in _by_source(places):
        arrow = "-->" if source is first[1].source else ":::"
        lead = first if arrow == "-->" else members[0]
        yield _paint(f"{' ' * digits}{arrow} ", "gutter", color) + _place(lead[1])
        yield from _excerpt(source, members, first, diagnostic.severity, digits, room, color)
    for help in diagnostic.help:
        equals = _paint(f"{' ' * digits} = ", "gutter", color)
        begin, *rest = _wrapped(sentence(help), room - digits - len(" = help: "))
        yield f"{equals}{_paint('help', 'help', color)}: {begin}"
        yield from (" " * (digits + len(" = help: ")) + piece for piece in rest)


def _by_source(places: list[Placed]) -> list[tuple[Source, list[Placed]]]:
    """Return labels grouped by their source, the primary's first."""
    groups: list[tuple[Source, list[Placed]]] = []
    for each in places:
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
    """Yield the lines that the labels stand on, each with a row of markers for every label."""
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
    """Return carets under the span, with the label's text behind them or, where it does not fit, below."""
    label, at = placed
    start = seen.column(at.span.start)
    length = max(1, seen.column(min(at.span.end, line.end)) - start)
    marks = " " * start + ("^" if primary else "-") * length
    text = sentence(label.text)
    if not text:
        return [marks]
    if start + length + 1 + columns(text) <= room:
        return [f"{marks} {text}"]
    indent = max(0, min(start, room - columns(text)))
    return [marks, *(" " * indent + piece for piece in _wrapped(text, room - indent))]


def _wrapped(text: str, room: int) -> list[str]:
    """Return the words of `text` on lines of at most `room` columns.

    A longer word stands alone, and what stands in backticks is one word where that fits.
    """
    lines = [""]
    for word in _words(text, room):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and columns(joined) > room:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines


def _words(text: str, room: int) -> Iterator[str]:
    held = ""
    for word in text.split(" "):
        held = f"{held} {word}" if held else word
        if held.count("`") % 2 == 0:
            yield from [held] if columns(held) <= room else held.split(" ")
            held = ""
    yield from held.split(" ") if held else ()
