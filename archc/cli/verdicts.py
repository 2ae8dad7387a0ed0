"""Verdicts of `archc validate` about each spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from archc.cli.specs import document_of
from archc.files.errors import WorldError
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.discovery import Found
from archc.source.document.document import SpecError
from archc.source.document.wording import counted
from archc.spec.frozen import Frozen, frozen

if TYPE_CHECKING:
    from archc.plan.bounds import Bounds
    from archc.source.document.document import Document

Outcome = Literal["fine", "fault", "unchecked"]


@frozen
class Verdict(Frozen):
    """A spec with what was found in it, or with what kept it from being checked (`missing`)."""

    name: str
    outcome: Outcome
    document: Document | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    missing: WorldError | None = None


class Tally:
    """How many specs came out how, and how many diagnostics they have."""

    __slots__ = ("errors", "fault", "fine", "repairable", "unchecked", "warnings")

    def __init__(self) -> None:
        self.fine = self.fault = self.unchecked = self.errors = self.warnings = self.repairable = 0

    @property
    def specs(self) -> int:
        return self.fine + self.fault + self.unchecked

    @property
    def status(self) -> int:
        """The exit status: 2 where a spec could not be checked, else 1 where one is at fault, else 0."""
        return 2 if self.unchecked else 1 if self.fault else 0

    def __str__(self) -> str:
        outcomes = {"fine": self.fine, "at fault": self.fault, "not checked": self.unchecked}
        told = ", ".join(f"{n} {word}" for word, n in outcomes.items() if n or word == "fine")
        found = [counted(n, word) for n, word in ((self.errors, "error"), (self.warnings, "warning")) if n]
        return f"{counted(self.specs, 'spec')}: {told}" + (f" ({', '.join(found)})" if found else "")


def verdicts(
    found: Iterable[Found],
    overrides: Sequence[str],
    tally: Tally,
    *,
    strict: bool = False,
    stdin: str,
    bounds: Bounds | None = None,
) -> Iterator[Verdict]:
    """Yield the verdict on each spec, one after the other, each counted in `tally`.

    Args:
        strict: a warning puts a spec at fault too.
        stdin: the name of what `-` stands for.
        bounds: how large a model may be; left out, as usual.
    """
    for each in found:
        verdict = _verdict(each, list(overrides), strict, stdin, bounds)
        setattr(tally, verdict.outcome, getattr(tally, verdict.outcome) + 1)
        errors = sum(d.severity == "error" for d in verdict.diagnostics)
        tally.errors += errors
        tally.warnings += len(verdict.diagnostics) - errors
        tally.repairable += sum(d.fix is not None for d in verdict.diagnostics)
        yield verdict


def _verdict(found: Found, overrides: list[str], strict: bool, stdin: str, bounds: Bounds | None) -> Verdict:
    name = stdin if found.name == "-" else found.name
    if found.missing is not None:
        return Verdict(name, "unchecked", missing=found.missing)
    from archc.plan.bounds import USUAL
    from archc.plan.compile import compile_document

    try:
        document = document_of(found.name, overrides, stdin=stdin)
        result = compile_document(document, bounds=bounds or USUAL)
    except SpecError as error:
        return Verdict(name, "fault", error.document, error.diagnostics)
    except WorldError as error:
        return Verdict(name, "unchecked", missing=error)
    outcome: Outcome = "fault" if strict and result.warnings else "fine"
    return Verdict(name, outcome, result.document, result.warnings)
