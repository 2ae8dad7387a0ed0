"""Specs of an older version of the language, rewritten for this one: edits of the text, comments kept.

The steps are `archc.source.document.version.STEPS`. The version key is seen to by `migrated`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.document import SpecError
from archc.source.document.edit import edited, replace
from archc.source.document.version import STEPS, VERSION, Migration, other_version

if TYPE_CHECKING:
    from archc.source.document.document import Document


class Migrated(NamedTuple):
    """A text in this version of the language, and the version that it was in."""

    text: str
    version: int


def migrated(document: Document, *, steps: Mapping[int, Migration] = STEPS, to: int = VERSION) -> Migrated:
    """Return the document's text, step by step up to the version `to`.

    Raises:
        SpecError: it has no version, a newer one, or one that no step leads on from.
    """
    start = _version(document)
    if not all(version in steps for version in range(start, to)) or start > to:
        fault = other_version(document.data, steps=steps, to=to)
        raise SpecError((fault,) if fault else (), document)
    for version in range(start, to):
        document = _stepped(document, steps[version], version + 1)
    return Migrated(document.text, start)


def _version(document: Document) -> int:
    version = document.data.get("archc")
    if isinstance(version, int) and not isinstance(version, bool):
        return version
    if version is None:
        help = "without it nobody can tell what the keys mean; the first version is 1"
        missing = Diagnostic("ARC105", "missing version key `archc`", (Label(("archc",), "key"),), (help,))
        raise SpecError((missing,), document)
    fault = other_version(document.data)
    raise SpecError((fault,) if fault else (), document)


def _stepped(document: Document, step: Migration, version: int) -> Document:
    from archc.source.document.document import read_text

    edits = (*step(document), *replace(document, ("archc",), version))
    return read_text(edited(document.text, edits), document.name, document.format)
