"""Diagnostics as workflow commands of GitHub Actions, which shows them at their lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archc.files.errors import WorldError
from archc.source.diagnostics.codes import CODES
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.document import Document
from archc.source.render.placement import MOST, ordered, placed, sentence
from archc.source.render.workspace import relative
from archc.source.text.cells import escaped
from archc.source.text.spans import Location


def lines(diagnostics: Iterable[Diagnostic], document: Document, root: str) -> Iterator[str]:
    """Yield a command for each of at most 20 diagnostics, and a notice at each further place that one names.

    Paths are relative to `root`; what lies outside of it, or is no file, is named in the message.
    """
    found = ordered(diagnostics, document)
    for diagnostic in found[:MOST]:
        first, *others = placed(diagnostic, document)
        title = _title(diagnostic)
        said = [sentence(diagnostic.message), *_said(first, others)]
        said += (f"help: {sentence(help)}" for help in diagnostic.help)
        yield _command(diagnostic.severity, first[1], title, said, root)
        for label, at in others:
            text = [
                sentence(label.text) or "see there",
                f"{sentence(diagnostic.message)} ({_place(first[1])})",
            ]
            yield _command("notice", at, f"{title}: also here", text, root)
    if len(found) > MOST:
        whole = Location(document.source, document.locate(()).span._replace(start=0, end=0))
        yield _command("notice", whole, "archc", [f"and {len(found) - MOST} more in this file"], root)


def unread(name: str, error: WorldError, root: str) -> str:
    """Return the command for a file that could not be read."""
    path = relative(name, root)
    properties = {"file": escaped(path)} if path else {}
    said = [error.message, *((f"help: {error.help}",) if error.help else ())]
    return _line("error", properties | {"title": "archc could not read this"}, said)


def _title(diagnostic: Diagnostic) -> str:
    known = CODES.get(diagnostic.code)
    return f"{diagnostic.code} {known.name}" if known else diagnostic.code


def _said(first: tuple[Label, Location], others: list[tuple[Label, Location]]) -> Iterator[str]:
    """Yield what stands at each place: the first one's alone, the others' behind where they are."""
    if first[0].text:
        yield sentence(first[0].text)
    for label, at in others:
        yield f"{_place(at)}: {sentence(label.text) or 'see there'}"


def _place(at: Location) -> str:
    line, column = at.source.position(at.span.start)
    return f"{sentence(at.source.name)}:{line}:{column}"


def _command(kind: str, at: Location, title: str, said: list[str], root: str) -> str:
    path = relative(at.source.name, root)
    if path is None:  # standard input, a flag, a file elsewhere: nothing of the checkout to show it at
        return _line(kind, {"title": title}, [f"{_place(at)}: {said[0]}", *said[1:]])
    start, end = at.source.position(at.span.start), at.source.position(at.span.end)
    properties = {"file": escaped(path), "line": str(start.line)}
    if start.line == end.line:  # columns are refused where a command spans lines
        properties |= {"col": str(start.column), "endLine": str(end.line), "endColumn": str(end.column)}
    else:
        properties["endLine"] = str(end.line)
    return _line(kind, properties | {"title": title}, said)


def _line(kind: str, properties: dict[str, str], said: list[str]) -> str:
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{kind} {told}::{_data(chr(10).join(said))}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
