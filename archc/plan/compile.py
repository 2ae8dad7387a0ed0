"""Document to plan, with every fault found on the way."""

from __future__ import annotations

from dataclasses import dataclass

from archc.catalog.project_bodies import project_folders
from archc.plan.checks import check_plan, check_spec
from archc.plan.fault import PlanFault
from archc.plan.lower import lower
from archc.plan.plan import Plan
from archc.source.diagnostic import Diagnostic, SpecError
from archc.source.document import Document
from archc.source.load import load
from archc.spec.document import Spec


@dataclass(frozen=True, slots=True)
class Compiled:
    """A spec, its plan, and the warnings that do not stop it."""

    document: Document
    spec: Spec
    plan: Plan
    warnings: tuple[Diagnostic, ...]


def compile_document(document: Document) -> Compiled:
    """The plan of a document.

    Raises:
        SpecError: the spec is at fault; it carries all diagnostics.
    """
    spec = load(document)
    found = check_spec(spec)
    try:
        plan = lower(spec, name=_stem(document.name), search=project_folders(document.name))
    except PlanFault as fault:
        raise SpecError((*found, fault.diagnostic), document) from None
    found += check_plan(spec, plan)
    if any(d.severity == "error" for d in found):
        raise SpecError(found, document)
    return Compiled(document, spec, plan, found)


def _stem(name: str) -> str:
    """A file's name without folder and suffix."""
    return name.replace("\\", "/").rsplit("/", 1)[-1].split(".")[0] or "model"
