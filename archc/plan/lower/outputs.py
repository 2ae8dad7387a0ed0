"""What a plan answers with: its outputs, and the losses and metrics the spec has for each."""

from __future__ import annotations

from archc.plan.plan import Plan
from archc.spec.document import Spec
from archc.spec.frozen import Frozen, frozen
from archc.spec.train import Loss, MetricKind


@frozen
class Answer(Frozen):
    """An output: the value it is, how many classes (or numbers) it has, and whether it has them a pixel."""

    output: str
    value: str
    classes: int
    dense: bool


def answers(plan: Plan) -> tuple[Answer, ...]:
    """Every output in order; `classes` is dimension 1, `(N, K)` or, where `dense`, `(N, K, H, W)`."""
    types = plan.types()
    found = []
    for output, value in plan.outputs:
        shape = types[value].shape
        classes = shape[1] if len(shape) > 1 and isinstance(shape[1], int) else 1
        found.append(Answer(output, value, classes, len(shape) == 4))
    return tuple(found)


def losses_of(spec: Spec, plan: Plan) -> dict[str, Loss]:
    """The loss that is written for each output, in the plan's order; outputs without one are left out."""
    if spec.losses is not None:
        return {name: spec.losses[name] for name, _ in plan.outputs if name in spec.losses}
    return {plan.outputs[0][0]: spec.loss} if spec.loss is not None and len(plan.outputs) == 1 else {}


def metrics_of(spec: Spec, plan: Plan) -> dict[str, tuple[MetricKind, ...]]:
    """The metrics that are written for each output, as the spec orders them."""
    if spec.metrics is None:
        return {}
    if spec.metrics.of is not None:
        return dict(spec.metrics.of)
    return {plan.outputs[0][0]: spec.metrics.kinds} if len(plan.outputs) == 1 else {}
