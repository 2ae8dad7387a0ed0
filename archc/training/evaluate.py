"""Measuring: a model's scores against the truth, whatever computes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from archc.data import Batch
from archc.training.loss import LossFunction
from archc.training.metrics import confusion

Predict = Callable[..., Tensor | dict[str, Tensor]]
"""Normalised inputs, float32 (N, C, H, W) each, to scores (N, K, ...): a module, or a session wrapped."""

Prepare = Callable[[Batch], tuple[tuple[Tensor, ...], Tensor]]
"""A batch to normalised inputs and int64 target on the device: a `Normaliser`."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The mean loss over examples (NaN without a loss), the confusion matrix (K, K), the examples counted."""

    loss: float
    matrix: Tensor
    examples: int


def evaluate(
    predict: Predict,
    batches: Iterable[Batch],
    prepare: Prepare,
    *,
    ignore: int | None,
    loss: LossFunction | None = None,
    summed: Callable[[Tensor], Tensor] = lambda counts: counts,
) -> Evaluation:
    """What `predict` scores on the batches. A module must be in evaluation mode.

    Args:
        summed: adds over processes, where there are several.
    """
    matrices: Tensor | int = 0
    losses: Tensor | float = 0.0
    examples = 0
    with torch.inference_mode():
        for batch in batches:
            inputs, target = prepare(batch)
            scores = only(predict(*inputs))
            matrices = matrices + confusion(scores, target, ignore)
            examples += len(target)
            if loss is not None:
                losses = losses + loss(scores, target).double() * len(target)
    assert isinstance(matrices, Tensor), "there is at least one batch"
    totals = torch.as_tensor([float(losses), examples], dtype=torch.float64, device=matrices.device)
    loss_sum, count = summed(totals).tolist()
    mean = loss_sum / count if loss is not None else float("nan")
    return Evaluation(mean, summed(matrices).cpu(), int(count))


def only(output: Tensor | dict[str, Tensor]) -> Tensor:
    """The one output of a model with one."""
    if isinstance(output, Tensor):
        return output
    if len(output) != 1:
        raise ValueError(f"one output is trained and measured, the model has {', '.join(output)}")
    return next(iter(output.values()))
