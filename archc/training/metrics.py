"""Metrics, all from one confusion matrix: counts add up over batches, and processes, without rounding."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, assert_never

import torch
from torch import Tensor

MetricKind = Literal["accuracy", "mean_iou", "pixel_accuracy", "dice"]


def confusion(scores: Tensor, target: Tensor, ignore: int | None) -> Tensor:
    """Counts (K, K) int64 on the scores' device: row the truth, column the class of the highest score.

    `scores` is (N, K, ...), `target` int64 (N, ...). What is ignored is not counted.
    """
    classes = scores.shape[1]
    places = target * classes + scores.argmax(1)
    if ignore is not None:
        # One more place for all that is ignored: choosing with a mask would make a GPU wait for the host.
        places = torch.where(target == ignore, classes * classes, places)
    counts = torch.bincount(places.flatten(), minlength=classes * classes + 1)
    return counts[: classes * classes].view(classes, classes)


def summary(matrix: Tensor, kinds: Iterable[MetricKind]) -> dict[str, float]:
    """Each metric's value; NaN where nothing was counted."""
    matrix = matrix.cpu()  # once: what follows is a handful of numbers
    return {kind: _value(matrix, kind) for kind in kinds}


def accuracy(matrix: Tensor) -> float:
    """The share that is right, of images or of pixels that are not ignored."""
    return float(matrix.diag().sum() / matrix.sum())


def class_iou(matrix: Tensor) -> Tensor:
    """Intersection over union for each class, float64 (K,); NaN for one in neither truth nor prediction."""
    both, true, predicted = _counts(matrix)
    return both / (true + predicted - both)


def class_dice(matrix: Tensor) -> Tensor:
    """2 * intersection / (truth + prediction) for each class, float64 (K,); NaN as in `class_iou`."""
    both, true, predicted = _counts(matrix)
    return 2 * both / (true + predicted)


def _counts(matrix: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    matrix = matrix.double()
    return matrix.diag(), matrix.sum(1), matrix.sum(0)


def _value(matrix: Tensor, kind: MetricKind) -> float:
    match kind:
        case "accuracy" | "pixel_accuracy":
            return accuracy(matrix)
        case "mean_iou":  # over the data set as a whole, classes in neither truth nor prediction left out
            return float(class_iou(matrix).nanmean())
        case "dice":
            return float(class_dice(matrix).nanmean())
        case _:
            assert_never(kind)
