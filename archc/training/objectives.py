"""Objectives: the target that an output is compared with, its loss and its metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from archc.data.datasets import Datasets
from archc.data.facts import TargetFacts
from archc.files.errors import WorldError
from archc.plan.outputs import Output, by_target
from archc.plan.plan import Plan
from archc.spec.train import Loss, MetricKind, Poisson
from archc.training.loss import LossFunction, make_loss
from archc.training.metrics import Counts, counted

Given = Tensor | Mapping[str, Tensor]
"""The value that a module returns: one tensor, or several by the names of its outputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One target and what is compared with it.

    Attributes:
        name: what tells its metrics from others'; empty where there is but one objective.
        outputs: those it reads: one; or embeddings, two of a pair or three of a triplet.
        target: the name of the target in the data, of which `facts` are known.
        spec: the loss as the spec has it, or the usual one.
        loss: the same as a function.
    """

    name: str
    outputs: tuple[Output, ...]
    target: str
    facts: TargetFacts
    spec: Loss
    loss: LossFunction

    @property
    def metrics(self) -> tuple[MetricKind, ...]:
        """The metrics of its outputs."""
        return self.outputs[0].metrics

    def key(self, kind: MetricKind) -> str:
        """Return what a metric is called in a record."""
        return f"{self.name}.{kind}" if self.name else kind

    def reads(self, given: Given) -> tuple[Tensor, ...]:
        """Return its outputs, (N, ...) each, among those of the model.

        A model of one output may give it under any name.
        """
        if isinstance(given, Tensor):
            return (given,)
        if len(given) == 1:
            return tuple(given.values())
        return tuple(given[output.name] for output in self.outputs)

    def counts(self, given: tuple[Tensor, ...], target: Tensor) -> Counts:
        """Return the counts for its metrics, of a batch's outputs and target, (N, ...) each."""
        return counted(self.outputs, given, target, self.facts.ignore)


def make_objectives(plan: Plan, data: Datasets, device: torch.device) -> tuple[Objective, ...]:
    """Return an objective for each output that has a loss; the one that is watched comes first.

    Raises:
        WorldError: an output that is to be trained has no target in the data.
    """
    trained = [group for group in by_target(plan.outputs) if group[0].loss is not None]
    trained.sort(key=lambda group: not group[0].watched)
    return tuple(_objective(group, data, device, alone=len(trained) == 1) for group in trained)


def monitored(objectives: Sequence[Objective]) -> str:
    """Return the name of the metric that says which epoch is best."""
    return objectives[0].key(objectives[0].metrics[0])


def total_loss(objectives: Sequence[Objective], given: Given, targets: Mapping[str, Tensor]) -> Tensor:
    """Return the weighted sum of all losses, a scalar."""
    parts = [one.spec.weight * one.loss(*one.reads(given), targets[one.target]) for one in objectives]
    return torch.stack(parts).sum() if len(parts) > 1 else parts[0]


def _objective(
    outputs: tuple[Output, ...], data: Datasets, device: torch.device, *, alone: bool
) -> Objective:
    first = outputs[0]
    assert first.loss is not None
    target = _target(data, first.name)
    facts = data.targets[target]
    _require_counts(first.loss, facts)
    return Objective(
        name="" if alone else first.name,
        outputs=outputs,
        target=target,
        facts=facts,
        spec=first.loss,
        loss=make_loss(first.loss, facts, device),
    )


def _require_counts(loss: Loss, facts: TargetFacts) -> None:
    """Raise WorldError where a Poisson loss is to fit numbers below 0: it has no minimum for them."""
    if not isinstance(loss, Poisson):
        return
    for name, least in zip(facts.classes, facts.least, strict=True):
        if least < 0:
            raise WorldError(
                f"the column `{name}` has the number {least:g}, and a poisson loss fits counts from 0 up",
                'mend the table, or use `loss = { kind = "mse" }`',
            )


def _target(data: Datasets, output: str) -> str:
    """Return the name of an output's target: its own, or the only one there is."""
    if output in data.targets:
        return output
    if len(data.targets) == 1:
        return next(iter(data.targets))
    raise WorldError(
        f"the data has no target `{output}`, which the model answers",
        f"the data's targets are {', '.join(data.targets)}",
    )
