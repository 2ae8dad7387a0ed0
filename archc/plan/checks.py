"""Checks beyond what one field decides: each returns what it finds, and none depends on another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archc.plan.budget import budget_faults
from archc.plan.checks_augment import colours_of_grey
from archc.plan.checks_data import DATA_CHECKS
from archc.plan.checks_model import MODEL_CHECKS, SHAPE_CHECKS
from archc.plan.checks_outputs import OUTPUT_CHECKS
from archc.plan.checks_postprocess import postprocess_faults
from archc.plan.checks_task import TASK_CHECKS
from archc.plan.checks_training import TRAINING_CHECKS
from archc.plan.exporting import export_faults
from archc.plan.fault import PlanFault
from archc.plan.inputs import input_path
from archc.plan.plan import Plan
from archc.source.diagnostic import Diagnostic
from archc.spec.document import Spec

SpecCheck = Callable[[Spec], Iterator[Diagnostic]]
PlanCheck = Callable[[Spec, Plan], Iterator[Diagnostic]]


def check_spec(spec: Spec) -> tuple[Diagnostic, ...]:
    """What is wrong whatever the plan is: found even where no plan can be made."""
    return tuple(found for one in SPEC_CHECKS for found in one(spec))


def check_plan(spec: Spec, plan: Plan) -> tuple[Diagnostic, ...]:
    """All further faults and warnings of a spec whose plan could be made."""
    found: list[Diagnostic] = []
    for one in PLAN_CHECKS:
        try:
            found.extend(one(spec, plan))
        except PlanFault as fault:
            found.append(fault.diagnostic)
    return tuple(found)


def _budget(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    yield from budget_faults(plan, (*input_path(spec), "size"))


SPEC_CHECKS: tuple[SpecCheck, ...] = (*MODEL_CHECKS, *DATA_CHECKS)
PLAN_CHECKS: tuple[PlanCheck, ...] = (
    _budget,
    *SHAPE_CHECKS,
    *OUTPUT_CHECKS,
    *TASK_CHECKS,
    *TRAINING_CHECKS,
    export_faults,
    postprocess_faults,
    colours_of_grey,
)
