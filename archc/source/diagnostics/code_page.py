"""A code's page as values: Markdown with the sections Why, Example and What to do.

# ARC301: skip-misfit

**error** · a skip has another resolution than the place it joins

A skip joins where ...

## Why

...
"""

from __future__ import annotations

import re
from typing import cast

from archc.source.diagnostics.diagnostic import Severity
from archc.spec.frozen import Frozen, frozen

_TITLE = re.compile(r"# ARC\d{3}: (?P<name>\S+)\n\n\*\*(?P<severity>\w+)\*\* · (?P<summary>.*)\n")
_FENCE = re.compile(r"```(\w+)\n(.*?)\n```\n", re.DOTALL)


@frozen
class Example(Frozen):
    """A spec with the fault, empty where it is too long to show, the language it is in, and the rendering."""

    format: str
    text: str
    rendering: str


@frozen
class Code(Frozen):
    """A kind of fault: `what` it is, `why` it is one, the `remedy`, a paragraph each; and an example."""

    name: str
    summary: str
    what: str
    why: str
    remedy: str
    severity: Severity = "error"
    example: Example | None = None


def parsed(page: str) -> Code:
    """Return what a page says. `ValueError` where it has no title or lacks a section."""
    title = _TITLE.match(page)
    if title is None:
        raise ValueError(f"no title and summary: {page[:80]!r}")
    what, *rest = page[title.end() :].split("\n## ")
    sections = dict(part.split("\n", 1) for part in rest)
    if not sections.keys() >= {"Why", "What to do"}:
        raise ValueError(f"{title['name']} lacks a section")
    return Code(
        name=title["name"],
        summary=title["summary"],
        what=_paragraph(what),
        why=_paragraph(sections["Why"]),
        remedy=_paragraph(sections["What to do"]),
        severity=cast("Severity", title["severity"]),
        example=_example(sections.get("Example", "")),
    )


def with_example(page: str, example: Example) -> str:
    """Return the page with another example in its place, in front of What to do."""
    before, _, behind = page.partition("\n## What to do\n")
    head = before.partition("\n## Example\n")[0].rstrip("\n")
    spec = f"```{example.format}\n{example.text.rstrip()}\n```\n\n" if example.text else ""
    shown = f"## Example\n\n{spec}```text\n{example.rendering.rstrip()}\n```"
    return f"{head}\n\n{shown}\n\n## What to do\n{behind}"


def _paragraph(text: str) -> str:
    return " ".join(text.split())


def _example(section: str) -> Example | None:
    fences = _FENCE.findall(section + "\n")
    if not fences:
        return None
    (format, text), *_ = fences if len(fences) > 1 else [("toml", "")]
    return Example(format, text + "\n" if text else "", fences[-1][1] + "\n")
