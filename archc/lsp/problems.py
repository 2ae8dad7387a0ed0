"""Diagnostics as an editor shows them: spans of the text, the help within the message."""

from __future__ import annotations

from dataclasses import dataclass

from archc.lsp.analysis import Analysis
from archc.source.diagnostics.diagnostic import Diagnostic, Severity
from archc.source.document.document import Document
from archc.source.render.placement import placed, sentence
from archc.source.text.spans import Location, Span

MOST = 100
_UNNECESSARY = frozenset(("ARC403", "ARC404", "ARC799"))
"""Faults of text that does nothing: a pattern that takes no parameter, a comment that allows no warning."""


@dataclass(frozen=True, slots=True)
class Related:
    """A further place, and what is to be said about it."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of the text. `code` is empty for a fault of the world."""

    span: Span
    severity: Severity
    code: str
    message: str
    related: tuple[Related, ...] = ()
    unnecessary: bool = False
    diagnostic: Diagnostic | None = None


def problems(analysis: Analysis) -> tuple[Problem, ...]:
    """Return what is wrong with a text, in its order; at most 100, as a hostile file has thousands."""
    found = [_problem(each, analysis.document) for each in analysis.found[: 20 * MOST]]
    if analysis.world is not None:
        found.append(Problem(Span(0, 0), "error", "", sentence(str(analysis.world))))
    return tuple(sorted(found, key=lambda each: each.span)[:MOST])


def _problem(diagnostic: Diagnostic, document: Document) -> Problem:
    (first, at), *others = placed(diagnostic, document)
    lines = [sentence(diagnostic.message)]
    if first.text:
        lines[0] += f" — {sentence(first.text)}"
    lines += [f"help: {sentence(each)}" for each in diagnostic.help]
    return Problem(
        _span(at, document),
        diagnostic.severity,
        diagnostic.code,
        "\n".join(lines),
        tuple(Related(_span(at, document), sentence(label.text) or "also here") for label, at in others),
        diagnostic.code in _UNNECESSARY,
        diagnostic,
    )


def _span(at: Location, document: Document) -> Span:
    """Return the place. One that spans lines, such as a whole table, ends with its first line."""
    if at.source is not document.source:
        return Span(0, 0)
    line = document.source.line_span(at.span.start)
    return Span(at.span.start, max(at.span.start, min(at.span.end, line.end)))
