"""Changes that an editor offers: a diagnostic's repair, a warning allowed, all of a text in form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archc.lsp import wording
from archc.lsp.analysis import Analysis
from archc.lsp.problems import Problem, problems
from archc.source.diagnostics.diagnostic import Diagnostic, Fix
from archc.source.document.canonical import canonical
from archc.source.document.edit import Edit, edited
from archc.source.document.fix import fixed
from archc.source.text.cells import quoted
from archc.source.text.spans import Span


@dataclass(frozen=True, slots=True)
class Action:
    """Changes of the text, what they do, which problems they are about, whether they are sure to be meant.

    One that is `whole` makes every repair of the text at once.
    """

    title: str
    edits: tuple[Edit, ...]
    about: tuple[Problem, ...]
    sure: bool = False
    whole: bool = False


def actions(analysis: Analysis, within: Span) -> tuple[Action, ...]:
    """Return what can be done about the problems that a span of the text touches."""
    found = [each for each in problems(analysis) if _touch(each.span, within)]
    return (*_repairs(analysis, found), *repair_all(analysis), *_allowing(analysis, found))


def repair_all(analysis: Analysis) -> Iterator[Action]:
    """Yield all repairs at once, where there are several."""
    text, applied = fixed(analysis.document, analysis.found)
    if len(applied) > 1:
        about = tuple(each for each in problems(analysis) if each.diagnostic in applied)
        yield Action(f"Make all {len(applied)} repairs", _edits(analysis, text, applied), about, whole=True)


def _edits(analysis: Analysis, text: str, applied: tuple[Diagnostic, ...]) -> tuple[Edit, ...]:
    """Return one change for each repair, or one for all where they lie within each other."""
    before = analysis.document.text
    each = tuple(change(before, fixed(analysis.document, (one,)).text) for one in applied)
    return each if edited(before, each) == text else (change(before, text),)


def _repairs(analysis: Analysis, found: list[Problem]) -> Iterator[Action]:
    for each in found:
        if each.diagnostic is not None and each.diagnostic.fix is not None:
            text, applied = fixed(analysis.document, (each.diagnostic,))
            if applied:
                edit = change(analysis.document.text, text)
                yield Action(_title(each.diagnostic.fix), (edit,), (each,), sure=True)


def _title(fix: Fix) -> str:
    match fix.action:
        case "rename":
            return f"Rename it to `{quoted(str(fix.to))}`"
        case "replace":
            return f"Write `{quoted(wording.written(fix.to))}`"
        case "insert":
            return f"Add `{quoted(str(fix.path[-1]))} = {quoted(wording.written(fix.to))}`"


def _allowing(analysis: Analysis, found: list[Problem]) -> Iterator[Action]:
    """Yield a comment above the line of a warning; JSON has none."""
    document = analysis.document
    if document.format == "json":
        return
    for each in found:
        if each.severity == "warning" and each.code != "ARC799":
            line = document.source.line_span(each.span.start)
            indent = document.text[line.start : each.span.start]
            indent = indent[: len(indent) - len(indent.lstrip(" \t"))]
            end = "\r\n" if "\r\n" in document.text else "\n"
            comment = f"{indent}# archc: allow {each.code}{end}"
            edit = Edit(Span(line.start, line.start), comment)
            yield Action(f"Allow {each.code} here", (edit,), (each,))


def formatted(analysis: Analysis) -> Edit | None:
    """Return the change that brings a text into canonical form; None where it has it, or cannot be read."""
    if not analysis.document.marks:
        return None
    text = canonical(analysis.document)
    return None if text in (None, analysis.document.text) else change(analysis.document.text, str(text))


def change(before: str, after: str) -> Edit:
    """Return the one replacement that makes a text another.

    It leaves out the ends that both have in common, but covers the words that it changes whole.
    """
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    while start and _in_word(before[start - 1]):
        start -= 1
    while end and _in_word(before[-end]):
        end -= 1
    return Edit(Span(start, len(before) - end), after[start : len(after) - end])


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _touch(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end
