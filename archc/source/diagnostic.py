"""Faults as values. A diagnostic names its places by their paths in the data, so that a floor which
knows no text can make one; the renderer finds the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from archc.source.text import Aim, Location, Path

if TYPE_CHECKING:
    from archc.source.document import Document

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Label:
    """A place in the spec and what is to be said about it (may be empty).

    `at` is for faults of the text itself, which have no path yet; it wins over `path`.
    """

    path: Path = ()
    aim: Aim = "value"
    text: str = ""
    at: Location | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault: its code (see `archc.source.codes`), one sentence, the places (the first is the primary
    one), and what to do about it."""

    code: str
    message: str
    labels: tuple[Label, ...] = (Label(),)
    help: tuple[str, ...] = ()
    severity: Severity = "error"


class SpecError(Exception):
    """The spec is at fault: all diagnostics found, and the document they speak about."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...], document: Document) -> None:
        first = diagnostics[0] if diagnostics else None
        super().__init__(f"{first.code}: {first.message}" if first else "the spec is at fault")
        self.diagnostics = diagnostics
        self.document = document
