"""Metrics against counting by hand, one pixel at a time."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from archc.plan.outputs import Output
from archc.spec.outputs import Task
from archc.training.evaluate import Evaluation
from archc.training.events import EpochEnd
from archc.training.fit import _epoch_record
from archc.training.metrics import class_dice, class_iou, confusion, summary


def scored(predicted: Tensor, classes: int) -> Tensor:
    return torch.nn.functional.one_hot(predicted, classes).movedim(-1, 1).float()


@pytest.mark.parametrize("ignore", [None, 255, 0])
def test_confusion_is_what_counting_gives(ignore: int | None) -> None:
    random = torch.Generator().manual_seed(0)
    truth = torch.randint(0, 4, (3, 7, 9), generator=random)
    guess = torch.randint(0, 4, (3, 7, 9), generator=random)
    if ignore is not None:
        truth[torch.rand(3, 7, 9, generator=random) < 0.3] = ignore
    naive = np.zeros((4, 4), dtype=int)
    for t, g in zip(truth.flatten().tolist(), guess.flatten().tolist(), strict=True):
        if t != ignore:
            naive[t, g] += 1
    matrix = confusion(scored(guess, 4), truth, ignore)
    assert matrix.dtype == torch.int64
    assert np.array_equal(matrix.numpy(), naive)


def test_metrics_are_what_counting_gives() -> None:
    matrix = torch.tensor([[5, 1, 0, 0], [2, 3, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]])
    # class 2 occurs nowhere and is left out; class 3 is never found and counts as 0
    ious = [5 / 9, 3 / 6, math.nan, 0.0]
    assert class_iou(matrix).tolist() == pytest.approx(ious, nan_ok=True)
    assert class_dice(matrix).tolist() == pytest.approx([10 / 14, 6 / 9, math.nan, 0.0], nan_ok=True)
    found = summary({"confusion": matrix}, ("accuracy", "pixel_accuracy", "mean_iou", "dice"))
    assert found["accuracy"] == found["pixel_accuracy"] == pytest.approx(8 / 12)
    assert found["mean_iou"] == pytest.approx((5 / 9 + 3 / 6 + 0) / 3)
    assert found["dice"] == pytest.approx((10 / 14 + 6 / 9 + 0) / 3)


def test_a_class_predicted_but_never_true_counts_as_missed() -> None:
    matrix = torch.tensor([[3, 1], [0, 0]])
    assert class_iou(matrix).tolist() == pytest.approx([0.75, 0.0])


def test_nothing_counted_is_nan() -> None:
    empty = torch.zeros(3, 3, dtype=torch.int64)
    assert all(
        math.isnan(value) for value in summary({"confusion": empty}, ("accuracy", "mean_iou")).values()
    )


def test_batches_add_up() -> None:
    random = torch.Generator().manual_seed(1)
    truth = torch.randint(0, 3, (8, 5), generator=random)
    scores = torch.rand(8, 3, 5, generator=random)
    whole = confusion(scores, truth, None)
    assert torch.equal(whole, confusion(scores[:3], truth[:3], None) + confusion(scores[3:], truth[3:], None))


@pytest.mark.parametrize(("task", "found"), [("segmentation", 2), ("classification", 0), ("multi_label", 0)])
def test_only_class_maps_have_an_intersection_over_union(task: Task, found: int) -> None:
    objective = SimpleNamespace(outputs=(Output("scores", "scores", task),))
    evaluation = Evaluation(0.1, ({"confusion": torch.ones(2, 2)},), 4)
    iou = evaluation.class_iou([objective])  # type: ignore[list-item]
    assert (0 if iou is None else len(iou)) == found
    end = EpochEnd(
        phase=0, epoch=0, step=1, train_loss=0.1, valid_loss=0.1, metrics={}, best=True, seconds=1.0,
        class_iou=() if iou is None else tuple(iou.tolist()),
    )  # fmt: skip
    assert ("class_iou" in _epoch_record(end, ("a", "b"))) == bool(found)
