"""What each answer of a model is compared with, made small by, and measured by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import torch
from torch import Tensor

from archc.data.datasets import Datasets
from archc.data.facts import TargetFacts, Task
from archc.files.errors import WorldError
from archc.plan.lower.outputs import losses_of, metrics_of
from archc.plan.plan import Plan
from archc.spec.document import Spec
from archc.spec.train import (
    BinaryCrossEntropy,
    Contrastive,
    CrossEntropy,
    Loss,
    MeanSquaredError,
    MetricKind,
    Triplet,
)
from archc.training.loss import LossFunction, distance, make_loss
from archc.training.metrics import Counts, count_classes, count_errors, count_right, count_tags

Output = Tensor | Mapping[str, Tensor]
"""What a model answers: one tensor, or several by name."""

_USUAL_LOSS: dict[Task, Loss] = {
    "classification": CrossEntropy(),
    "segmentation": CrossEntropy(),
    "multi_label": BinaryCrossEntropy(),
    "regression": MeanSquaredError(),
}
_USUAL_METRICS: dict[Task, tuple[MetricKind, ...]] = {
    "classification": ("accuracy",),
    "segmentation": ("mean_iou", "pixel_accuracy"),
    "multi_label": ("f1", "accuracy"),
    "regression": ("mae",),
}
_EMBEDDINGS: tuple[MetricKind, ...] = ("verification_accuracy",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One target and what is compared with it.

    Attributes:
        name: what tells its metrics from others'; empty where there is but one objective.
        outputs: the names of the outputs it reads: one; or embeddings, two of a pair or three of a triplet.
    """

    name: str
    outputs: tuple[str, ...]
    target: str
    facts: TargetFacts
    spec: Loss
    loss: LossFunction
    metrics: tuple[MetricKind, ...]

    def key(self, kind: MetricKind) -> str:
        """What a metric is called in a record."""
        return f"{self.name}.{kind}" if self.name else kind

    def reads(self, output: Output) -> tuple[Tensor, ...]:
        """Its outputs among those of the model; a model of one output may answer under any name."""
        if isinstance(output, Tensor):
            return (output,)
        if len(output) == 1:
            return tuple(output.values())
        return tuple(output[name] for name in self.outputs)

    def counts(self, outputs: tuple[Tensor, ...], target: Tensor) -> Counts:
        """What its metrics are made from."""
        match self.spec:
            case Contrastive():
                near = distance(outputs[0], outputs[1], self.spec.normalise) < self.spec.margin / 2
                return count_right(near == (target > 0))
            case Triplet():
                nearer, farther = (distance(outputs[0], one, self.spec.normalise) for one in outputs[1:])
                return count_right(nearer < farther)
        return _counts(self.facts, outputs[0], target)


def _counts(facts: TargetFacts, output: Tensor, target: Tensor) -> Counts:
    match facts.task:
        case "classification" | "segmentation":
            return count_classes(output, target, facts.ignore)
        case "multi_label":
            return count_tags(output, target)
        case "regression":
            return count_errors(output, target)
        case _:
            assert_never(facts.task)


def make_objectives(spec: Spec, plan: Plan, data: Datasets, device: torch.device) -> tuple[Objective, ...]:
    """An objective for each output that has a loss; where no loss is written, for each that has a target.

    Raises:
        WorldError: an output that is to be trained has no target in the data.
    """
    names = [name for name, _ in plan.outputs]
    written = losses_of(spec, plan)
    if together := _together(spec, names):
        facts, target = _target(data, together[0], alone=True)
        metrics = tuple(spec.metrics.kinds) if spec.metrics else ()
        return (_objective("", tuple(names), target, facts, together[1], metrics, device),)
    wanted = [name for name in names if name in written]
    if not written:
        wanted = [name for name in names if name in data.targets] or names
    measured = metrics_of(spec, plan)
    made = []
    for name in wanted:
        facts, target = _target(data, name, alone=len(data.targets) == 1)
        loss = written.get(name) or _USUAL_LOSS[facts.task]
        label = name if len(wanted) > 1 else ""
        kinds = tuple(measured.get(name, ()))
        made.append(_objective(label, (name,), target, facts, loss, kinds, device))
    first = next((name for name in measured if measured[name]), None)
    return tuple(sorted(made, key=lambda objective: first is not None and objective.outputs[0] != first))


def monitored(objectives: Sequence[Objective]) -> str:
    """The name of the metric that says which epoch is best."""
    return objectives[0].key(objectives[0].metrics[0])


def total_loss(objectives: Sequence[Objective], output: Output, targets: Mapping[str, Tensor]) -> Tensor:
    """The weighted sum of all losses."""
    parts = [one.spec.weight * one.loss(*one.reads(output), targets[one.target]) for one in objectives]
    return torch.stack(parts).sum() if len(parts) > 1 else parts[0]


def _together(spec: Spec, names: Sequence[str]) -> tuple[str, Loss] | None:
    """The loss that reads all outputs at once: they are embeddings of a pair or of a triplet."""
    if isinstance(spec.loss, Contrastive | Triplet):
        return names[0], spec.loss
    embeddings = len(names) in (2, 3) and all(name.startswith("embedding_") for name in names)
    if spec.loss is None and not spec.losses and embeddings:
        return names[0], Contrastive() if len(names) == 2 else Triplet()
    return None


def _objective(
    name: str,
    outputs: tuple[str, ...],
    target: str,
    facts: TargetFacts,
    loss: Loss,
    metrics: tuple[MetricKind, ...],
    device: torch.device,
) -> Objective:
    usual = _EMBEDDINGS if isinstance(loss, Contrastive | Triplet) else _USUAL_METRICS[facts.task]
    return Objective(
        name=name,
        outputs=outputs,
        target=target,
        facts=facts,
        spec=loss,
        loss=make_loss(loss, facts, device),
        metrics=metrics or usual,
    )


def _target(data: Datasets, output: str, *, alone: bool) -> tuple[TargetFacts, str]:
    if output in data.targets:
        return data.targets[output], output
    if alone:
        name = next(iter(data.targets))
        return data.targets[name], name
    raise WorldError(
        f"the data has no target `{output}`, which the model answers",
        f"the data's targets are {', '.join(data.targets)}",
    )
