"""`# archc: allow ARC704: why`: a warning that somebody has seen and means to live with.

The comment stands on the warning's line, or alone above it. JSON has no comments; errors cannot
be allowed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import TYPE_CHECKING

from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.text.cells import quoted
from archc.source.text.spans import Location, Span
from archc.source.text.tree import tree_of
from archc.spec.frozen import Frozen, frozen

if TYPE_CHECKING:
    from archc.source.document.document import Document

_WORD = r"[A-Za-z0-9_-]+"
_ALLOW = re.compile(rf"\#[ \t]*archc:[ \t]*allow[ \t]+(?P<words>{_WORD}(?:[ \t]*,[ \t]*{_WORD})*)")


@frozen
class _Allowance(Frozen):
    """A code or name that a comment allows, where it stands, and the line that it speaks of."""

    word: str
    span: Span
    line: int


def without_allowed(document: Document, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics but for the warnings that a comment allows.

    A comment that is idle gets a warning where there is no error: beside one not all warnings are looked for.
    """
    found = tuple(found)
    if document.format != "toml":
        return found
    kept: list[Diagnostic] = []
    used: set[_Allowance] = set()
    allowances = _allowances(document)
    of_line: dict[int | None, list[_Allowance]] = {}
    for each in allowances:
        of_line.setdefault(each.line, []).append(each)
    for diagnostic in found:
        line = _line(diagnostic, document) if diagnostic.severity == "warning" else None
        fitting = {a for a in of_line.get(line, ()) if _names(a.word, diagnostic.code)}
        used |= fitting
        kept += [] if fitting else [diagnostic]
    if any(each.severity == "error" for each in kept):
        return tuple(kept)
    return (*kept, *(_idle(document, each) for each in allowances if each not in used))


def _allowances(document: Document) -> list[_Allowance]:
    """Return every word of every such comment, in the order of the text."""
    found = []
    lines = document.text.split("\n")
    speaks_of = _speaks_of(lines)
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    for comment in tree_of(document.text, "toml").comments():
        allow = _ALLOW.match(document.text, comment.start, comment.end)
        if allow is None:
            continue
        line = bisect_right(starts, comment.start) - 1
        for word in re.compile(_WORD).finditer(document.text, *allow.span("words")):
            span = Span(*word.span())
            found.append(_Allowance(word[0], span, speaks_of[line] + 1))
    return found


def _speaks_of(lines: list[str]) -> list[int]:
    """Return for each line the one that a comment on it speaks of.

    That is the line itself; for a comment that stands alone, the next that is neither comment nor empty.
    """
    found: list[int] = []
    following = len(lines)
    for number in range(len(lines) - 1, -1, -1):
        written = lines[number].strip(" \t\r")
        if written and not written.startswith("#"):
            following = number
        found.append(following)
    return found[::-1]


def _line(diagnostic: Diagnostic, document: Document) -> int | None:
    label = diagnostic.labels[0] if diagnostic.labels else Label()
    at = label.at or document.locate(label.path, label.aim)
    return at.source.position(at.span.start).line if at.source is document.source else None


def _names(word: str, code: str) -> bool:
    from archc.source.diagnostics.codes import CODES

    return word.upper() == code or word == CODES[code].name


def _idle(document: Document, allowance: _Allowance) -> Diagnostic:
    from archc.source.diagnostics.codes import CODES, code_of

    word = quoted(allowance.word, 40)
    code = code_of(allowance.word)
    if code is None:
        message, help = f"there is no warning `{word}` to allow", "`archc explain` lists them"
    elif CODES[code].severity == "error":
        message, help = f"`{word}` is an error, and only warnings can be allowed", f"`archc explain {code}`"
    else:
        message, help = f"`{word}` is allowed here, but nothing here gives this warning", "remove the comment"
    label = Label(at=Location(document.source, allowance.span))
    return Diagnostic("ARC799", message, (label,), (help,), severity="warning")
