"""How `archc validate` tells its verdicts: in each of its formats, as they come or at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from archc.cli.faults import colored, terminal_width
from archc.cli.verdicts import Tally, Verdict
from archc.files.errors import printable
from archc.source.render.workspace import root

if TYPE_CHECKING:
    from archc.source.diagnostics.diagnostic import Diagnostic
    from archc.source.document.document import Document
    from archc.source.render.text import Look


def for_people(verdicts: Iterable[Verdict], *, concise: bool, quiet: bool) -> None:
    """Write each verdict to standard output: diagnostics in full, or a line for each (`concise`)."""
    for verdict in verdicts:
        if verdict.missing is not None:
            sys.stdout.flush()
            sys.stderr.write(f"error: {verdict.missing}\n")
        elif verdict.document is not None and not (quiet and verdict.outcome == "fine"):
            _show(verdict.diagnostics, verdict.document, "concise" if concise else "full")
        if verdict.outcome == "fine" and not concise and not quiet:
            sys.stdout.write(f"{printable(verdict.name)}: fine\n")


def _show(diagnostics: tuple[Diagnostic, ...], document: Document, look: Look) -> None:
    if not diagnostics:
        return
    from archc.source.render.text import render

    color, width = colored(sys.stdout), terminal_width()
    sys.stdout.write(render(diagnostics, document, format=look, color=color, width=width))
    sys.stdout.write("\n" if look == "full" else "")


def for_github(verdicts: Iterable[Verdict]) -> None:
    """Write a workflow command for each diagnostic, as they come."""
    from archc.source.render.github import lines, unread

    top = root()
    for verdict in verdicts:
        if verdict.missing is not None:
            sys.stdout.write(unread(verdict.name, verdict.missing, top))
        elif verdict.document is not None:
            sys.stdout.writelines(lines(verdict.diagnostics, verdict.document, top))


def for_programs(verdicts: Iterable[Verdict], tally: Tally) -> None:
    """Write one JSON document with every spec and the summary, once all are judged."""
    import json

    from archc.files.version import __version__

    specs = [_fields(each) for each in verdicts]
    summary = {
        "specs": tally.specs,
        "fine": tally.fine,
        "at_fault": tally.fault,
        "not_checked": tally.unchecked,
        "errors": tally.errors,
        "warnings": tally.warnings,
    }
    whole = {"archc": __version__, "specs": specs, "summary": summary}
    sys.stdout.write(json.dumps(whole, indent=2) + "\n")


def _fields(verdict: Verdict) -> dict[str, Any]:
    from archc.source.render.json import fields, readable

    missing, document = verdict.missing, verdict.document
    return {
        "file": readable(verdict.name),
        "outcome": verdict.outcome,
        **(fields(verdict.diagnostics, document) if document else {"diagnostics": [], "more": 0}),
        "error": {"message": missing.message, "help": missing.help} if missing else None,
    }


class Sarif:
    """The content of a SARIF report, gathered spec by spec."""

    __slots__ = ("notifications", "results", "root")

    def __init__(self) -> None:
        self.root = root()
        self.results: list[dict[str, Any]] = []
        self.notifications: list[dict[str, Any]] = []

    def gathered(self, verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
        """Yield the same verdicts, each added to the report on its way."""
        for verdict in verdicts:
            self._take(verdict)
            yield verdict

    def _take(self, verdict: Verdict) -> None:
        from archc.source.render.sarif import left_out, results, unread

        if verdict.missing is not None:
            self.notifications.append(unread(verdict.name, verdict.missing, self.root))
        if verdict.document is not None:
            found = results(verdict.diagnostics, verdict.document, self.root)
            self.results.extend(found)
            if more := len(verdict.diagnostics) - len(found):
                self.notifications.append(left_out(more, verdict.name, self.root))

    def text(self, status: int, docs_url: str | None) -> str:
        from archc.files.version import __version__
        from archc.source.render.sarif import log

        version = __version__
        return log(self.results, self.notifications, status, version=version, docs_url=docs_url)
