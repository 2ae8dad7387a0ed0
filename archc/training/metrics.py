"""Metrics, all from counts and sums that add up over batches, and processes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import assert_never

import torch
from torch import Tensor

from archc.plan.outputs import Output, comparison
from archc.spec.outputs import Comparison
from archc.spec.train import MetricKind
from archc.training.loss import distance

Counts = Mapping[str, Tensor]
"""Counts by name; see the functions that count."""

LOWER_IS_BETTER: frozenset[MetricKind] = frozenset({"mae", "rmse"})


def counted(
    outputs: tuple[Output, ...], given: tuple[Tensor, ...], target: Tensor, ignore: int | None
) -> Counts:
    """Return the counts that metrics are computed from, of a target and the values `given` of its outputs.

    They have the shapes of the function that counts for the task, such as `count_classes`.
    """
    task = outputs[0].task
    match task:
        case "classification" | "segmentation":
            return count_classes(given[0], target, ignore)
        case "multi_label":
            return count_tags(given[0], target)
        case "regression":
            return count_errors(given[0], target)
        case "counts":
            return count_errors(given[0].double().exp(), target)
        case "embedding":
            return _count_compared(comparison(outputs), given, target)
        case "tensor":
            return {}
        case _:
            assert_never(task)


def _count_compared(how: Comparison | None, given: tuple[Tensor, ...], target: Tensor) -> Counts:
    """Return the counts of embeddings (N, E): pairs told apart, or triplets whose like one is nearest."""
    if how is None:
        return {}
    apart = [distance(given[0], other, how.normalize) for other in given[1:]]
    if how.same_below is None:
        return count_right(apart[0] < apart[1])
    return count_right((apart[0] < how.same_below) == (target > 0))


def count_classes(scores: Tensor, target: Tensor, ignore: int | None) -> Counts:
    """Return the counts of class scores (N, K, ...) and class numbers (N, ...), int64.

    `confusion` (K, K) is that of the function of that name; `top` (3,), where an example has one class, the
    examples whose class is among the 3 best and the 5 best, and all.
    """
    matrix = confusion(scores, target, ignore)
    if scores.ndim > 2:
        return {"confusion": matrix}
    best = scores.topk(min(5, scores.shape[1]), 1).indices == target[:, None]
    hits = [best[:, :3].any(1).sum(), best.any(1).sum(), torch.tensor(len(target), device=scores.device)]
    return {"confusion": matrix, "top": torch.stack(hits)}


def count_tags(scores: Tensor, target: Tensor) -> Counts:
    """Return the counts of scores (N, K), yes from 0 up, and targets of 0 and 1.

    `tags` int64 (K, 4): for each label the right yeses, wrong yeses, wrong noes, right noes.
    """
    said, true = scores >= 0, target > 0.5
    return {"tags": torch.stack([(said & true), (said & ~true), (~said & true), (~said & ~true)]).sum(1).T}


def count_errors(numbers: Tensor, target: Tensor) -> Counts:
    """Return the errors of numbers (N, K).

    `errors` float64 (3,): the sums of absolute and of squared differences, and how many there are.
    """
    difference = numbers.double() - target.double()
    count = torch.tensor(difference.numel(), dtype=torch.float64, device=numbers.device)
    return {"errors": torch.stack([difference.abs().sum(), difference.square().sum(), count])}


def count_right(right: Tensor) -> Counts:
    """Return the counts of decisions (N,), bool: `right` (2,), those that are right, and all."""
    return {"right": torch.stack([right.sum(), torch.tensor(len(right), device=right.device)])}


def confusion(scores: Tensor, target: Tensor, ignore: int | None) -> Tensor:
    """Return counts (K, K) int64 on the scores' device: row the truth, column the class of the highest score.

    `scores` is (N, K, ...), `target` int64 (N, ...). What is ignored is not counted.
    """
    classes = scores.shape[1]
    places = target * classes + scores.argmax(1)
    if ignore is not None:
        # One more place for all that is ignored: choosing with a mask would make a GPU wait for the host.
        places = torch.where(target == ignore, classes * classes, places)
    counts = torch.bincount(places.flatten(), minlength=classes * classes + 1)
    return counts[: classes * classes].view(classes, classes)


def summary(counts: Counts, kinds: Iterable[MetricKind]) -> dict[str, float]:
    """Return each metric's value; NaN where nothing was counted that it needs."""
    counts = {name: tensor.cpu() for name, tensor in counts.items()}  # once: a handful of numbers follow
    return {kind: _value(counts, kind) for kind in kinds}


def accuracy(matrix: Tensor) -> float:
    """Return the share that is right, by a confusion matrix (K, K), of all that is not ignored."""
    return float(matrix.diag().sum() / matrix.sum())


def class_iou(matrix: Tensor) -> Tensor:
    """Return the intersection over union of each class, float64 (K,).

    NaN for a class in neither truth nor prediction.
    """
    both, true, predicted = _counts(matrix)
    return both / (true + predicted - both)


def class_dice(matrix: Tensor) -> Tensor:
    """Return the Dice coefficient of each class, which is F1, float64 (K,).

    It is 2 * intersection / (truth + prediction); NaN as in `class_iou`.
    """
    both, true, predicted = _counts(matrix)
    return 2 * both / (true + predicted)


def tag_f1(tags: Tensor) -> Tensor:
    """Return the F1 of each class's yeses, float64 (K,); NaN for one that neither occurs nor is said."""
    right, wrong, missed, _ = tags.double().T
    f1: Tensor = 2 * right / (2 * right + wrong + missed)
    return f1


def _counts(matrix: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    matrix = matrix.double()
    return matrix.diag(), matrix.sum(1), matrix.sum(0)


def _value(counts: Counts, kind: MetricKind) -> float:
    """Return the value of one metric; NaN where nothing was counted that it is computed from."""
    matrix, tags, right = (counts.get(name) for name in ("confusion", "tags", "right"))
    top, errors = counts.get("top"), counts.get("errors")
    match kind:
        case "accuracy" if tags is not None:
            return float((tags[:, 0] + tags[:, 3]).sum() / tags.sum())
        case "accuracy" | "verification_accuracy" if right is not None:
            return float(right[0] / right[1])
        case "accuracy" | "pixel_accuracy" | "verification_accuracy":
            return math.nan if matrix is None else accuracy(matrix)
        case "f1" if tags is not None:
            return float(tag_f1(tags).nanmean())
        case "f1" | "dice":
            return math.nan if matrix is None else float(class_dice(matrix).nanmean())
        case "mean_iou":  # over the data set as a whole, classes in neither truth nor prediction left out
            return math.nan if matrix is None else float(class_iou(matrix).nanmean())
        case "top_3" | "top_5":
            return math.nan if top is None else float(top[0 if kind == "top_3" else 1] / top[2])
        case "mae":
            return math.nan if errors is None else float(errors[0] / errors[2])
        case "rmse":
            return math.nan if errors is None else float((errors[1] / errors[2]).sqrt())
        case _:
            assert_never(kind)
