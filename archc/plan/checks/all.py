"""Checks beyond what one field decides: each returns what it finds, and none depends on another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archc.plan.checks.advice import ADVICE_CHECKS
from archc.plan.checks.budget import budget_faults
from archc.plan.checks.measures import MEASURE_CHECKS
from archc.plan.checks.model import MODEL_CHECKS, SHAPE_CHECKS
from archc.plan.checks.outputs import OUTPUT_CHECKS
from archc.plan.checks.postprocess import postprocess_faults
from archc.plan.checks.task import TASK_CHECKS
from archc.plan.exporting import export_advice, export_faults
from archc.plan.lower.fault import PlanFault
from archc.plan.lower.inputs import input_path
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.spec.document import Spec

SpecCheck = Callable[[Spec], Iterator[Diagnostic]]
PlanCheck = Callable[[Spec, Plan], Iterator[Diagnostic]]


def check_spec(spec: Spec) -> tuple[Diagnostic, ...]:
    """Return the faults of a spec that depend on no plan: found even where none can be made."""
    return tuple(found for one in _spec_checks(spec) for found in one(spec))


def check_plan(spec: Spec, plan: Plan) -> tuple[Diagnostic, ...]:
    """Return all further faults of a spec whose plan could be made."""
    found: list[Diagnostic] = []
    for one in _plan_checks(spec, plan):
        try:
            found.extend(one(spec, plan))
        except PlanFault as fault:
            found.append(fault.diagnostic)
    return tuple(found)


def second_look(spec: Spec, plan: Plan) -> tuple[Diagnostic, ...]:
    """Return broken promises of `[expect]`, and advice.

    They are for a spec in which nothing else is wrong, since much that looks odd follows from a mistake.
    """
    return tuple(found for one in _second_checks(spec) for found in one(spec, plan))


def _budget(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    yield from budget_faults(plan, (*input_path(spec), "size"))


def _spec_checks(spec: Spec) -> tuple[SpecCheck, ...]:
    """Return the checks of a spec; those of a table that is not there are not even imported."""
    if spec.data is None:
        return MODEL_CHECKS
    from archc.plan.checks.data import DATA_CHECKS
    from archc.plan.checks.values import VALUE_CHECKS

    return (*MODEL_CHECKS, *DATA_CHECKS, *VALUE_CHECKS)


def _plan_checks(spec: Spec, plan: Plan) -> tuple[PlanCheck, ...]:
    every: tuple[PlanCheck, ...] = (_budget, *SHAPE_CHECKS, *OUTPUT_CHECKS, *TASK_CHECKS, *MEASURE_CHECKS)
    if spec.train is not None:
        from archc.plan.checks.training import TRAINING_CHECKS

        every = (*every, *TRAINING_CHECKS)
    if any(body.file for body in plan.bodies) or plan.start is not None:
        from archc.plan.checks.weights import weights_faults

        every = (*every, weights_faults)
    return (*every, export_faults, postprocess_faults)


def _second_checks(spec: Spec) -> Iterator[PlanCheck]:
    if spec.expect is not None:
        from archc.plan.checks.expectations import expectation_faults

        yield expectation_faults
    yield from ADVICE_CHECKS
    if spec.data is not None or spec.train is not None:
        from archc.plan.checks.augment import colors_of_gray
        from archc.plan.checks.recipe import RECIPE_CHECKS

        yield from RECIPE_CHECKS
        yield colors_of_gray
    yield export_advice
