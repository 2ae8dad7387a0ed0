"""The repairs that diagnostics carry, made in the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from archc.source.diagnostics.diagnostic import Diagnostic, Fix
from archc.source.document.edit import Edit, edited, insert, rename, replace
from archc.source.text.spans import Path, Span, value_at

if TYPE_CHECKING:
    from archc.source.document.document import Document


class Fixed(NamedTuple):
    """A text and the diagnostics whose repairs were made in it."""

    text: str
    applied: tuple[Diagnostic, ...]


def repairable(document: Document, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return those with a repair that none of the others contradicts.

    A rename to a name that the table has already, or that two keys would get, is in doubt.
    """
    carrying = [each for each in diagnostics if each.fix]
    wanted = Counter(_target(each.fix) for each in carrying if each.fix)
    return tuple(each for each in carrying if each.fix and not _contested(document, each.fix, wanted))


def fixed(document: Document, diagnostics: Iterable[Diagnostic]) -> Fixed:
    """Return the document's text with the repairs made that the diagnostics carry.

    What an override set is left out: it does not stand in the text. Of two repairs of one place the first is
    made.
    """
    edits: list[Edit] = []
    taken: set[Span] = (
        set()
    )  # what is replaced is always a whole key or value: two overlap where they are one
    applied: list[Diagnostic] = []
    for diagnostic in diagnostics:
        found = _edits(document, diagnostic.fix) if diagnostic.fix else ()
        if found and taken.isdisjoint(edit.span for edit in found):
            taken.update(edit.span for edit in found)
            edits += found
            applied.append(diagnostic)
    return Fixed(edited(document.text, edits), tuple(applied))


def _edits(document: Document, fix: Fix) -> tuple[Edit, ...]:
    if fix.at is not None:
        return (Edit(fix.at.span, str(fix.to)),) if fix.at.source is document.source else ()
    if fix.action == "rename":
        return rename(document, fix.path, str(fix.to))
    if fix.action == "insert":
        return insert(document, str(fix.path[-1]), fix.to)
    return replace(document, fix.path, fix.to)


def _target(fix: Fix) -> tuple[Path, str]:
    """Return the key that a rename would make."""
    path = (*fix.path[:-1], str(fix.to)) if fix.action == "rename" else fix.path
    return path, fix.action


def _contested(document: Document, fix: Fix, wanted: Counter[tuple[Path, str]]) -> bool:
    return fix.action == "rename" and (wanted[_target(fix)] > 1 or _taken(document, fix))


def _taken(document: Document, fix: Fix) -> bool:
    holder = value_at(document.data, fix.path[:-1])
    return isinstance(holder, dict) and fix.to in holder
