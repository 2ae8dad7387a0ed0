"""The data that was found against the model's outputs: known only once files have been looked at."""

from __future__ import annotations

from collections.abc import Sequence

from archc.data.datasets import Datasets
from archc.data.examples import ONLY
from archc.files.errors import WorldError
from archc.plan.outputs import Output, task_facts
from archc.plan.plan import Plan
from archc.spec.document import Spec
from archc.spec.model import Graph


def require_fit(spec: Spec, plan: Plan, data: Datasets) -> None:
    """Raise `WorldError` unless each output has as many classes (or numbers) as its target."""
    for output in plan.outputs:
        target = data.targets.get(output.name) or data.targets.get(ONLY)
        counted = target is not None and bool(task_facts(output.task).names)
        if target is not None and counted and len(target.classes) != output.size:
            raise _misfit(spec, output, target.classes, alone=len(plan.outputs) == 1)


def _misfit(spec: Spec, output: Output, found: Sequence[str], *, alone: bool) -> WorldError:
    named = ", ".join(f"`{name}`" for name in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    said = "the model" if alone else f"the model's output `{output.name}`"
    help = "set model.classes, or list them in data.classes"
    if isinstance(spec.model, Graph):
        help = f"give the last layer of `{spec.model.outputs[output.name]}` {len(found)} outputs"
    return WorldError(f"the data has {len(found)} classes ({named}{more}), {said} {output.size}", help)
