"""Losses against torch's own, and where torch's own fails."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from archc.data.facts import TargetFacts
from archc.spec.train import CrossEntropy
from archc.training.loss import class_weights, cross_entropy, make_loss, soft_dice

CPU = torch.device("cpu")


def facts(*counts: int) -> TargetFacts:
    names = tuple(f"class {number}" for number in range(len(counts)))
    return TargetFacts(
        task="segmentation", classes=names, class_counts=counts, examples=sum(counts), ignore=255
    )


def example(ignore: int | None) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    scores = torch.randn(2, 3, 4, 5, generator=random, requires_grad=True)
    target = torch.randint(0, 3, (2, 4, 5), generator=random)
    if ignore is not None:
        target[:, 0] = ignore
    return scores, target


@pytest.mark.parametrize("ignore", [None, 255])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weight", [None, torch.tensor([0.2, 1.0, 3.0])])
def test_cross_entropy_is_torchs(ignore: int | None, smoothing: float, weight: torch.Tensor | None) -> None:
    scores, target = example(ignore)
    ours = cross_entropy(scores, target, weight, ignore, smoothing)
    theirs = F.cross_entropy(
        scores, target, weight, ignore_index=-100 if ignore is None else ignore, label_smoothing=smoothing
    )
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)


@pytest.mark.parametrize("dice", [0.0, 1.0])
@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_a_batch_with_nothing_to_learn_is_0_and_not_nan(dice: float, weights: str) -> None:
    spec = CrossEntropy(weights=weights, dice=dice)  # type: ignore[arg-type]
    scores, target = example(None)
    loss = make_loss(spec, facts(1, 2, 3), CPU)(scores, torch.full_like(target, 255))
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() in (0.0, 1.0)
    assert scores.grad is not None
    assert torch.count_nonzero(scores.grad) == 0


def test_balanced_weights_average_to_1_over_the_examples() -> None:
    weights = class_weights(CrossEntropy(weights="balanced"), (60, 30, 10))
    assert weights == pytest.approx((100 / 180, 100 / 90, 100 / 30))
    assert sum(w * n for w, n in zip(weights or (), (60, 30, 10), strict=True)) == pytest.approx(100)
    assert class_weights(CrossEntropy(weights="balanced"), (5, 0))[1] == 0.0  # type: ignore[index]
    assert class_weights(CrossEntropy(weights=(1.0, 2.0)), (5, 0)) == (1.0, 2.0)
    assert class_weights(CrossEntropy(), (5, 0)) is None


def test_dice_is_0_for_the_truth_and_near_1_for_its_opposite() -> None:
    target = torch.tensor([[0, 0, 1, 1, 255]])
    sure = 50.0 * F.one_hot(torch.tensor([[0, 0, 1, 1, 0]]), 3).movedim(-1, 1).float()
    wrong = 50.0 * F.one_hot(torch.tensor([[1, 1, 0, 0, 1]]), 3).movedim(-1, 1).float()
    assert soft_dice(sure, target, 255).item() == pytest.approx(0.0, abs=1e-6)
    assert soft_dice(wrong, target, 255).item() == pytest.approx(1.0, abs=1e-6)


def test_dice_by_hand() -> None:
    scores = torch.log(torch.tensor([[[0.7, 0.4], [0.3, 0.6]]]))  # (1, 2 classes, 2 pixels)
    first = 2 * 0.7 / (0.7 + 0.4 + 1)
    second = 2 * 0.6 / (0.3 + 0.6 + 1)
    found = soft_dice(scores, torch.tensor([[0, 1]]), None)
    assert found.item() == pytest.approx(1 - (first + second) / 2)


def test_the_parts_add_up() -> None:
    scores, target = example(255)
    both = make_loss(CrossEntropy(dice=0.5), facts(1, 1, 1), CPU)(scores, target)
    entropy, dice = cross_entropy(scores, target, None, 255, 0.0), soft_dice(scores, target, 255)
    assert both.item() == pytest.approx((entropy + 0.5 * dice).item())
