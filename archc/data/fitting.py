"""Whether the data that was found is what the model answers: known only once files have been looked at."""

from __future__ import annotations

from collections.abc import Sequence

from archc.data.datasets import Datasets
from archc.data.examples import ONLY
from archc.files.errors import WorldError
from archc.plan.lower.outputs import Answer, answers
from archc.plan.meanings import comparison
from archc.plan.plan import Plan
from archc.spec.document import Spec
from archc.spec.model import Graph


def require_fit(spec: Spec, plan: Plan, data: Datasets) -> None:
    """Nothing, if each output has as many classes (or numbers) as its target; embeddings have none.

    Raises:
        WorldError: an output has more or fewer.
    """
    if comparison(spec, plan) is not None:
        return
    for answer in answers(plan):
        target = data.targets.get(answer.output) or data.targets.get(ONLY)
        if target is not None and len(target.classes) != answer.classes:
            raise _misfit(spec, answer, target.classes, alone=len(plan.outputs) == 1)


def _misfit(spec: Spec, answer: Answer, found: Sequence[str], *, alone: bool) -> WorldError:
    named = ", ".join(f"`{name}`" for name in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    output = "the model" if alone else f"the model's output `{answer.output}`"
    help = "set model.classes, or list them in data.classes"
    if isinstance(spec.model, Graph):
        help = f"give the last layer of `{spec.model.outputs[answer.output]}` {len(found)} outputs"
    return WorldError(f"the data has {len(found)} classes ({named}{more}), {output} {answer.classes}", help)
