"""Diagnostics as SARIF 2.1.0 (OASIS), which code scanning services and editors read."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from archc.files.errors import WorldError
from archc.source.diagnostics.code_page import Code
from archc.source.diagnostics.codes import CODES
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.document import Document
from archc.source.render.placement import MOST, ordered, placed, sentence
from archc.source.render.workspace import NO_FILES, STDIN, relative
from archc.source.text.spans import Location, Source, Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
BASE = "%SRCROOT%"

Json = dict[str, Any]


def results(diagnostics: Iterable[Diagnostic], document: Document, root: str) -> list[Json]:
    """Return a result for each of at most 20 diagnostics of a document; paths are relative to `root`."""
    seen: Counter[str] = Counter()
    return [_result(each, document, root, seen) for each in ordered(diagnostics, document)[:MOST]]


def left_out(count: int, name: str, root: str) -> Json:
    """Return a notification of diagnostics beyond those that are listed."""
    return _notification("note", f"{count} more diagnostics in this file are not listed", name, root)


def unread(name: str, error: WorldError, root: str) -> Json:
    """Return a notification of a file that could not be read."""
    help = f"\nhelp: {error.help}" if error.help else ""
    return _notification("error", f"{error.message}{help}", name, root)


def log(
    found: Sequence[Json],
    notifications: Sequence[Json],
    status: int,
    *,
    version: str,
    docs_url: str | None = None,
) -> str:
    """Return the whole report of archc's `version`; `status` is the exit status that goes with it.

    `docs_url` is where the pages of the codes are published; SARIF wants absolute addresses, so without one
    the rules have their text alone.
    """
    codes = sorted({each["ruleId"] for each in found})
    for each in found:
        each["ruleIndex"] = codes.index(each["ruleId"])
    invocation = {
        "executionSuccessful": status < 2,
        "exitCode": status,
        "toolExecutionNotifications": list(notifications),
    }
    driver = {
        "name": "archc",
        "semanticVersion": version,
        "rules": [_rule(code, CODES[code], docs_url) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "originalUriBaseIds": {BASE: {"description": {"text": "The root of the checkout."}}},
        "columnKind": "utf16CodeUnits",
        "results": list(found),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(code: str, entry: Code, docs_url: str | None) -> Json:
    text = f"{entry.what}\n\n{entry.why}\n\n{entry.remedy}"
    rule: Json = {
        "id": code,
        "name": "".join(word.capitalize() for word in entry.name.split("-")),
        "shortDescription": _message(_ended(entry.summary)),
        "fullDescription": _message(f"{entry.what} {entry.why}"),
        "help": _message(text) | {"markdown": f"**{entry.summary}**\n\n{text}\n\n`archc explain {code}`\n"},
        "defaultConfiguration": {"level": entry.severity},
    }
    return rule | ({"helpUri": f"{docs_url.rstrip('/')}/{code}.md"} if docs_url else {})


def _ended(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _result(diagnostic: Diagnostic, document: Document, root: str, seen: Counter[str]) -> Json:
    first, *others = placed(diagnostic, document)
    said = [_beyond(first[1], document) + sentence(diagnostic.message)]
    said += [sentence(first[0].text)] if first[0].text else []
    said += (f"help: {sentence(help)}" for help in diagnostic.help)
    result: Json = {
        "ruleId": diagnostic.code,
        "level": diagnostic.severity,
        "message": _message("\n".join(said)),
        "locations": [_location(first[1], document, root)],
        "partialFingerprints": {"archcPlace/v1": _fingerprint(diagnostic, *first, seen)},
    }
    if others:
        result["relatedLocations"] = [
            {"id": i, "message": _message(_beyond(at, document) + (sentence(label.text) or "see there"))}
            | _location(at, document, root)
            for i, (label, at) in enumerate(others, 1)
        ]
    return result


def _fingerprint(diagnostic: Diagnostic, label: Label, at: Location, seen: Counter[str]) -> str:
    """Return a fingerprint that stays the same wherever the fault moves within its file.

    It is made from its code and its path in the data or, where the text is no data, from its line without
    indentation; and which of several alike it is.
    """
    line = at.source.line_span(at.span.start)
    place = json.dumps(label.path) if label.at is None else at.source.text[line.start : line.end].strip()
    hashed = hashlib.sha256(f"{diagnostic.code}\0{place}".encode(errors="replace")).hexdigest()[:32]
    seen[hashed] += 1
    return f"{hashed}:{seen[hashed]}"


def _beyond(at: Location, document: Document) -> str:
    """Return the beginning of a message about no place in the document, but a flag of the command line."""
    if at.source is document.source or at.source.name not in NO_FILES:
        return ""
    line, column = at.source.position(at.span.start)
    return f"{at.source.name}:{line}:{column}: "


def _location(at: Location, document: Document, root: str) -> Json:
    """Return the place; for a flag the document's first line, since services take files alone."""
    if _beyond(at, document):
        at = Location(document.source, Span(0, 0))
    start, end = _point(at.source, at.span.start), _point(at.source, at.span.end)
    region = {"startLine": start[0], "startColumn": start[1], "endLine": end[0], "endColumn": end[1]}
    return {"physicalLocation": _artifact(at.source.name, root) | {"region": region}}


def _point(source: Source, offset: int) -> tuple[int, int]:
    """Return line and column from 1; columns in UTF-16 code units, as editors and services count."""
    line, column = source.position(offset)
    before = source.text[offset - column + 1 : offset]
    return line, 1 + len(before.encode("utf-16-le", "surrogatepass")) // 2


def _artifact(name: str, root: str) -> Json:
    path = relative(name, root)
    if path is not None:
        return {"artifactLocation": {"uri": quote(path, errors="surrogateescape"), "uriBaseId": BASE}}
    if name not in NO_FILES and name:
        from pathlib import Path

        return {"artifactLocation": {"uri": Path(name).absolute().as_uri()}}
    return {"artifactLocation": {"uri": "archc:stdin", "description": _message(name or STDIN)}}


def _notification(level: str, text: str, name: str, root: str) -> Json:
    at = [{"physicalLocation": _artifact(name, root)}]
    return {"level": level, "message": _message(text), "locations": at}


def _message(text: str) -> Json:
    """Return a message that no reader takes for one with links or placeholders in it."""
    return {"text": re.sub(r"\{(\d+)\}", r"{{\1}}", text.replace("](", "] ("))}
