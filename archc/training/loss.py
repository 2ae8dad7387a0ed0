"""What training makes small."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from archc.spec.train import CrossEntropy, Loss

LossFunction = Callable[[Tensor, Tensor], Tensor]
"""Scores (N, K, ...) and class numbers (N, ...) to one number, differentiable."""


def make_loss(
    spec: Loss, class_counts: Sequence[int], ignore: int | None, device: torch.device
) -> LossFunction:
    """The spec's loss as a function; `class_counts` are what "balanced" weighs by."""
    weights = class_weights(spec, class_counts)
    weight = None if weights is None else torch.tensor(weights, device=device)

    def loss(scores: Tensor, target: Tensor) -> Tensor:
        scores = scores.float()  # under bf16 autocast the sum over many pixels wants its digits
        total = cross_entropy(scores, target, weight, ignore, spec.label_smoothing)
        return total + spec.dice * soft_dice(scores, target, ignore) if spec.dice else total

    return loss


def class_weights(spec: CrossEntropy, class_counts: Sequence[int]) -> tuple[float, ...] | None:
    """One weight for each class, or None for all alike.

    "balanced" is examples / (classes * examples of the class), which averages to 1 over the examples; a class
    that never occurs weighs nothing.
    """
    if spec.weights == "none":
        return None
    if spec.weights == "balanced":
        total, classes = sum(class_counts), len(class_counts)
        return tuple(total / (classes * count) if count else 0.0 for count in class_counts)
    return spec.weights


def cross_entropy(
    scores: Tensor, target: Tensor, weight: Tensor | None, ignore: int | None, smoothing: float
) -> Tensor:
    """torch's weighted mean over what is not ignored; 0, not NaN, where everything is."""
    if ignore is None:
        return F.cross_entropy(scores, target, weight, label_smoothing=smoothing)
    total = F.cross_entropy(
        scores, target, weight, ignore_index=ignore, label_smoothing=smoothing, reduction="sum"
    )
    seen = target != ignore
    if weight is None:
        return total / seen.sum().clamp(min=1)
    mass = weight[target.masked_fill(~seen, 0)].masked_fill(~seen, 0).sum()
    return total / mass.clamp(min=torch.finfo(mass.dtype).tiny)


def soft_dice(scores: Tensor, target: Tensor, ignore: int | None) -> Tensor:
    """1 - the mean over the classes in `target` of 2 * overlap / (predicted + true), in probabilities."""
    seen = torch.ones_like(target, dtype=torch.bool) if ignore is None else target != ignore
    true = F.one_hot(target.masked_fill(~seen, 0), scores.shape[1]).movedim(-1, 1)
    true = true * seen.unsqueeze(1)
    predicted = scores.softmax(1) * seen.unsqueeze(1)
    axes = [0, *range(2, scores.ndim)]
    overlap, mass, there = (predicted * true).sum(axes), (predicted + true).sum(axes), true.sum(axes) > 0
    dice = 2 * overlap / mass.clamp(min=1e-6)
    return 1 - (dice * there).sum() / there.sum().clamp(min=1)
