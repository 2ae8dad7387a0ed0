"""Diagnostics as JSON, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from archc.source.diagnostics.codes import CODES
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.document import Document
from archc.source.render.placement import MOST, SENTENCE, ordered, placed, sentence
from archc.source.text.cells import clipped
from archc.source.text.spans import Location


def text(diagnostics: Iterable[Diagnostic], document: Document) -> str:
    """Return one document's diagnostics as a JSON object."""
    return json.dumps({"file": readable(document.name)} | fields(diagnostics, document), indent=2) + "\n"


def fields(diagnostics: Iterable[Diagnostic], document: Document) -> dict[str, Any]:
    """Return at most 20 `diagnostics` in the order of their places, and how many `more` there are."""
    found = ordered(diagnostics, document)
    shown = [_diagnostic(each, document) for each in found[:MOST]]
    return {"diagnostics": shown, "more": len(found) - len(shown)}


def readable(name: str) -> str:
    """Return a file's name with bytes that are no UTF-8 written out: JSON has no halves of surrogates."""
    return name.encode("utf-8", "backslashreplace").decode()


def _diagnostic(diagnostic: Diagnostic, document: Document) -> dict[str, Any]:
    known = CODES.get(diagnostic.code)
    return {
        "code": diagnostic.code,
        "name": known.name if known else "",
        "severity": diagnostic.severity,
        "message": sentence(diagnostic.message),
        "labels": [_label(label, at) for label, at in placed(diagnostic, document)],
        "help": [sentence(help) for help in diagnostic.help],
    }


def _label(label: Label, at: Location) -> dict[str, Any]:
    start, end = at.source.position(at.span.start), at.source.position(at.span.end)
    return {
        "file": readable(at.source.name),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "path": [clipped(step, SENTENCE) if isinstance(step, str) else step for step in label.path],
        "text": sentence(label.text),
    }
