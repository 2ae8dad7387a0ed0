"""Measuring: a model's outputs against the truth, whatever computes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from archc.data.examples import Batch
from archc.plan.outputs import task_facts
from archc.training.metrics import Counts, class_iou, summary
from archc.training.objectives import Given, Objective, total_loss

Predict = Callable[..., Given]
"""Normalized inputs, float32 (N, C, H, W) each, to what the model answers: a module, or a session wrapped."""

Prepare = Callable[[Batch], tuple[tuple[Tensor, ...], Mapping[str, Tensor]]]
"""A batch to normalized inputs and targets by name on the device: a `Normalizer`."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The mean loss over examples, what was counted for each objective, the examples seen."""

    loss: float
    counts: tuple[Counts, ...]
    examples: int

    def metrics(self, objectives: Sequence[Objective]) -> dict[str, float]:
        """Return every metric of every objective by its name."""
        found = [summary(counts, one.metrics) for one, counts in zip(objectives, self.counts, strict=True)]
        named = zip(objectives, found, strict=True)
        return {one.key(kind): values[kind] for one, values in named for kind in one.metrics}

    def class_iou(self, objectives: Sequence[Objective]) -> Tensor | None:
        """Return the intersection over union (K,) of the data's classes, where the only output is a map.

        Of other tasks a class has no area that could intersect.
        """
        confusion = self.counts[0].get("confusion")
        maps = len(objectives) == 1 and task_facts(objectives[0].outputs[0].task).dense
        return class_iou(confusion) if confusion is not None and maps else None


def evaluate(
    predict: Predict,
    batches: Iterable[Batch],
    prepare: Prepare,
    objectives: Sequence[Objective],
    *,
    summed: Callable[[Tensor], Tensor] = lambda counts: counts,
) -> Evaluation:
    """Return loss and counts of what `predict` gives for the batches. A module must be in evaluation mode.

    Args:
        summed: adds a tensor of any shape over processes, where there are several.
    """
    totals: list[dict[str, Tensor]] = [{} for _ in objectives]
    losses, examples = torch.zeros((), dtype=torch.float64), 0
    with torch.inference_mode():
        for batch in batches:
            inputs, targets = prepare(batch)
            output = predict(*inputs)
            for one, total in zip(objectives, totals, strict=True):
                _add(total, one.counts(one.reads(output), targets[one.target]))
            loss = total_loss(objectives, output, targets).double() * len(batch.indices)
            losses = losses.to(loss.device) + loss
            examples += len(batch.indices)
        count = torch.tensor(examples, dtype=torch.float64, device=losses.device)
        loss_sum, seen = summed(torch.stack([losses, count])).tolist()
        counts = tuple({name: summed(value).cpu() for name, value in total.items()} for total in totals)
    return Evaluation(loss_sum / max(seen, 1), counts, int(seen))


def _add(total: dict[str, Tensor], counts: Counts) -> None:
    for name, value in counts.items():
        total[name] = total[name] + value if name in total else value
