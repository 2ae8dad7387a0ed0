"""Losses as functions of a model's outputs and their targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

import torch
from torch import Tensor
from torch.nn import functional as F

from archc.data.facts import TargetFacts
from archc.plan.outputs import task_facts
from archc.spec.train import (
    BinaryCrossEntropy,
    Contrastive,
    CrossEntropy,
    Focal,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
    Triplet,
)

LossFunction = Callable[..., Tensor]
"""The outputs it reads, then the target, to one number, differentiable: scores (N, K, ...) and class numbers
(N, ...); scores and targets of 0 and 1 (N, K); numbers (N, K) twice; embeddings (N, E) and 1 for the same.
"""


def make_loss(spec: Loss, facts: TargetFacts, device: torch.device) -> LossFunction:
    """Return the spec's loss as a function; `facts` say what "balanced" weighs by, and what is ignored."""
    match spec:
        case CrossEntropy():
            return _cross_entropy(spec, facts, device)
        case Focal():
            return _focal(spec, facts, device)
        case BinaryCrossEntropy():
            return _binary_cross_entropy(spec, facts, device)
        case MeanSquaredError():
            return lambda numbers, target: F.mse_loss(numbers.float(), target)
        case MeanAbsoluteError():
            return lambda numbers, target: F.smooth_l1_loss(numbers.float(), target, beta=spec.smooth)
        case Poisson():
            return lambda logarithms, target: F.poisson_nll_loss(logarithms.float(), target)
        case Contrastive():
            return lambda first, second, same: contrastive(first, second, same, spec)
        case Triplet():
            return lambda anchor, near, far, _target: triplet(anchor, near, far, spec)
        case _:
            assert_never(spec)


def _cross_entropy(spec: CrossEntropy, facts: TargetFacts, device: torch.device) -> LossFunction:
    weights, ignore = class_weights(spec, facts.class_counts), facts.ignore
    weight = None if weights is None else torch.tensor(weights, device=device)

    def loss(scores: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a scalar, of scores (N, K, ...) and class numbers (N, ...) int64."""
        scores = scores.float()  # in bf16 the sum over many pixels would lose its precision
        total = cross_entropy(scores, target, weight, ignore, spec.label_smoothing)
        return total + spec.dice * soft_dice(scores, target, ignore) if spec.dice else total

    return loss


def _focal(spec: Focal, facts: TargetFacts, device: torch.device) -> LossFunction:
    weights, ignore = class_weights(spec, facts.class_counts), facts.ignore
    weight = None if weights is None else torch.tensor(weights, device=device)
    if task_facts(facts.task).activation == "sigmoid":
        return lambda scores, target: sigmoid_focal(scores.float(), target, weight, spec.gamma, spec.alpha)
    return lambda scores, target: focal(scores.float(), target, weight, ignore, spec.gamma, spec.alpha)


def _binary_cross_entropy(spec: BinaryCrossEntropy, facts: TargetFacts, device: torch.device) -> LossFunction:
    weights = positive_weights(spec, facts.class_counts, facts.examples)
    weight = None if weights is None else torch.tensor(weights, device=device)

    def loss(scores: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a scalar, of scores and targets of 0 and 1, both (N, K)."""
        smooth = target * (1 - spec.label_smoothing) + spec.label_smoothing / 2
        return F.binary_cross_entropy_with_logits(scores.float(), smooth, pos_weight=weight)

    return loss


def distance(first: Tensor, second: Tensor, normalize: bool) -> Tensor:
    """Return Euclidean distances (N,) of embeddings (N, E), or of their directions."""
    first, second = first.float(), second.float()
    if normalize:
        first, second = F.normalize(first), F.normalize(second)
    # The root's slope is infinite at 0, where both are equal: a small constant keeps the gradient finite.
    return (first - second).square().sum(1).add(1e-12).sqrt()


def contrastive(first: Tensor, second: Tensor, same: Tensor, spec: Contrastive) -> Tensor:
    """Return the mean of d^2 where `same`, of max(margin - d, 0)^2 elsewhere.

    d is the distance of embeddings (N, E); `same` is (N,), 0 or 1.
    """
    apart = distance(first, second, spec.normalise)
    return torch.where(same > 0, apart.square(), (spec.margin - apart).clamp(min=0).square()).mean()


def triplet(anchor: Tensor, near: Tensor, far: Tensor, spec: Triplet) -> Tensor:
    """Return the mean over embeddings (N, E) of max(d(anchor, near) - d(anchor, far) + margin, 0)."""
    nearer, farther = (distance(anchor, other, spec.normalise) for other in (near, far))
    return (nearer - farther + spec.margin).clamp(min=0).mean()


def positive_weights(
    spec: BinaryCrossEntropy, class_counts: Sequence[int], examples: int
) -> tuple[float, ...] | None:
    """Return what a yes of each class weighs, or None for 1.

    "balanced" is noes / yeses; 1 where there is no yes.
    """
    if spec.positive_weights == "none":
        return None
    if spec.positive_weights == "balanced":
        return tuple((examples - count) / count if 0 < count < examples else 1.0 for count in class_counts)
    return spec.positive_weights


def class_weights(spec: CrossEntropy | Focal, class_counts: Sequence[int]) -> tuple[float, ...] | None:
    """Return one weight for each class, or None for all alike.

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
    """Return torch's weighted mean over what is not ignored; 0, not NaN, where everything is.

    `scores` are (N, K, ...), `target` class numbers (N, ...) int64, `weight` one number a class (K,).
    """
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


def focal(
    scores: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore: int | None,
    gamma: float,
    alpha: float | None,
) -> Tensor:
    """Return the mean of `-alpha_t (1 - p)^gamma log p`, p the probability of the true class.

    The focal loss of Lin et al. 2017.

    Args:
        scores: (N, K, ...); `target` are class numbers (N, ...).
        weight: of each class (K,), float32: the mean is then weighted as that of `cross_entropy`.
        alpha: alpha_t of all classes but the first, which has 1 - alpha; 1 for all where it is None.
    """
    seen = torch.ones_like(target, dtype=torch.bool) if ignore is None else target != ignore
    target = target.masked_fill(~seen, 0)
    values = _focused(scores.log_softmax(1).gather(1, target.unsqueeze(1)).squeeze(1), gamma)
    if alpha is not None:
        values = values * torch.where(target > 0, alpha, 1 - alpha)
    mass = seen.float() if weight is None else weight[target] * seen
    return (values * mass).sum() / mass.sum().clamp(min=torch.finfo(mass.dtype).tiny)


def sigmoid_focal(
    scores: Tensor, target: Tensor, weight: Tensor | None, gamma: float, alpha: float | None
) -> Tensor:
    """Return the focal loss of labels, each told on its own: scores, and targets of 0 and 1, both (N, K).

    A yes has alpha, a no 1 - alpha. It is torchvision's `sigmoid_focal_loss`, its mean weighted by label.
    """
    yes, no = _focused(F.logsigmoid(scores), gamma), _focused(F.logsigmoid(-scores), gamma)
    if alpha is not None:
        yes, no = alpha * yes, (1 - alpha) * no
    each = (target * yes + (1 - target) * no).mean(0)
    return each.mean() if weight is None else (each * weight).sum() / weight.sum()


def _focused(log_p: Tensor, gamma: float) -> Tensor:
    """Return `-(1 - p)^gamma log p`; where p is 1 the slope of the power would be infinite below gamma 1."""
    return -((-log_p.expm1()).clamp(min=1e-12) ** gamma) * log_p


def soft_dice(scores: Tensor, target: Tensor, ignore: int | None) -> Tensor:
    """Return 1 - the mean over the classes in `target` of 2 * overlap / (predicted + true).

    Of probabilities: `scores` (N, K, ...) through softmax, `target` class numbers (N, ...) int64.
    """
    seen = torch.ones_like(target, dtype=torch.bool) if ignore is None else target != ignore
    true = F.one_hot(target.masked_fill(~seen, 0), scores.shape[1]).movedim(-1, 1)
    true = true * seen.unsqueeze(1)
    predicted = scores.softmax(1) * seen.unsqueeze(1)
    axes = [0, *range(2, scores.ndim)]
    overlap, mass, there = (predicted * true).sum(axes), (predicted + true).sum(axes), true.sum(axes) > 0
    dice = 2 * overlap / mass.clamp(min=1e-6)
    return 1 - (dice * there).sum() / there.sum().clamp(min=1)
