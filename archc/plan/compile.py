"""Document to plan, with every fault found on the way."""

from __future__ import annotations

from archc.bodies.project import project_folders
from archc.files.errors import printable
from archc.plan.bounds import USUAL, Bounds
from archc.plan.checks.all import check_plan, check_spec, second_look
from archc.plan.lower.fault import PlanFault
from archc.plan.lower.model import lower
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.document import Document, SpecError
from archc.source.document.load import load
from archc.spec.document import Spec
from archc.spec.frozen import Frozen, frozen


@frozen
class Compiled(Frozen):
    """A spec, its plan, and the warnings that do not stop it."""

    document: Document
    spec: Spec
    plan: Plan
    warnings: tuple[Diagnostic, ...]


@frozen
class Checked(Frozen):
    """All that is found in a document, and how far it could be compiled: the spec, the plan."""

    document: Document
    spec: Spec | None
    plan: Plan | None
    found: tuple[Diagnostic, ...]


def compile_document(document: Document, *, bounds: Bounds = USUAL) -> Compiled:
    """Return the plan of a document; `bounds` are how large it may be.

    Raises:
        SpecError: the spec is at fault; it carries all diagnostics.
    """
    result = checked(document, bounds=bounds)
    if result.spec is None or result.plan is None or any(d.severity == "error" for d in result.found):
        raise SpecError(result.found, document)
    return Compiled(document, result.spec, result.plan, result.found)


def checked(document: Document, *, bounds: Bounds = USUAL) -> Checked:
    """Return a document's plan, as far as there is one, and its diagnostics: for callers that show both."""
    try:
        spec = load(document)
    except SpecError as error:
        return Checked(document, None, None, error.diagnostics)
    found = check_spec(spec)
    try:
        plan = lower(spec, name=_stem(document.name), search=project_folders(document.name), bounds=bounds)
    except PlanFault as fault:
        return Checked(document, spec, None, _told(document, (*found, fault.diagnostic)))
    found += check_plan(spec, plan)
    if not any(d.severity == "error" for d in found):
        found += second_look(spec, plan)
    return Checked(document, spec, plan, _told(document, found))


def _told(document: Document, found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics to show: causes, none that a comment allows, and the same advice once."""
    kept = _not_allowed(document, _causes(found))
    if len(kept) < 2:
        return kept
    from archc.plan.checks.repeated import once_each

    return once_each(kept)


def _causes(found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics without those that follow from another."""
    if len(found) < 2:
        return found
    from archc.plan.checks.cascades import without_echoes

    return without_echoes(found)


def _not_allowed(document: Document, found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics without the warnings that comments of the document allow."""
    if "archc:" not in document.text:
        return found
    from archc.source.document.allow import (
        without_allowed,  # most documents allow nothing: their start stays quick
    )

    return without_allowed(document, found)


def _stem(name: str) -> str:
    """Return a file's name without folder and suffix, as a model may be called: visible, not too long."""
    return printable(name.replace("\\", "/").rsplit("/", 1)[-1].split(".")[0][:200]) or "model"
