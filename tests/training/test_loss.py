"""Losses against torch's own, and where torch's own fails."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from archc.data.facts import TargetFacts
from archc.spec.train import CrossEntropy, Focal
from archc.training.loss import class_weights, cross_entropy, focal, make_loss, sigmoid_focal, soft_dice

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


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("alpha", [None, 0.25])
def test_focal_of_two_classes_is_torchvisions(gamma: float, alpha: float | None) -> None:
    ops = pytest.importorskip("torchvision.ops")
    scores, target = example(None)
    two, yes = scores.detach()[:, :2], (target > 0).long()
    ours = focal(two, yes, None, None, gamma, alpha)
    single = two[:, 1] - two[:, 0]
    given = {"alpha": -1 if alpha is None else alpha, "gamma": gamma, "reduction": "mean"}
    assert ours.item() == pytest.approx(ops.sigmoid_focal_loss(single, yes.float(), **given).item(), rel=1e-5)
    vector = two[:, :, 0, 0]
    labels = (vector > 0.3).float()
    ours = sigmoid_focal(vector, labels, None, gamma, alpha)
    assert ours.item() == pytest.approx(ops.sigmoid_focal_loss(vector, labels, **given).item(), rel=1e-5)


@pytest.mark.parametrize("ignore", [None, 255])
@pytest.mark.parametrize("weight", [None, torch.tensor([0.2, 1.0, 3.0])])
def test_focal_weighs_and_ignores_as_cross_entropy_does(
    ignore: int | None, weight: torch.Tensor | None
) -> None:
    scores, target = example(ignore)
    plain = focal(scores, target, weight, ignore, 0.0, None)
    assert plain.item() == pytest.approx(cross_entropy(scores, target, weight, ignore, 0.0).item(), rel=1e-5)
    each = F.cross_entropy(scores, target, ignore_index=-100 if ignore is None else ignore, reduction="none")
    seen = torch.ones_like(each) if ignore is None else (target != ignore).float()
    share = seen if weight is None else seen * weight[target.clamp(max=2)]
    background = torch.where(target > 0, 0.25, 0.75)
    wanted = ((1 - torch.exp(-each)) ** 2 * each * background * share).sum() / share.sum()
    assert focal(scores, target, weight, ignore, 2.0, 0.25).item() == pytest.approx(wanted.item(), rel=1e-4)


def test_focal_of_labels_weighs_each_label() -> None:
    scores, target = example(None)[0].detach()[:, :, 0, 0], torch.tensor([[1.0, 0, 0], [0, 1.0, 1.0]])
    parts = [sigmoid_focal(scores[:, [i]], target[:, [i]], None, 2.0, None).item() for i in range(3)]
    made = make_loss(Focal(weights=(1.0, 2.0, 0.0)), replace(facts(1, 1, 1), task="multi_label"), CPU)
    assert made(scores, target).item() == pytest.approx((parts[0] + 2 * parts[1]) / 3, rel=1e-5)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_focal_has_a_finite_slope_where_all_is_right_or_nothing_is_seen(gamma: float) -> None:
    scores = torch.tensor([[90.0, -90.0], [-90.0, 90.0]], requires_grad=True)
    made = make_loss(Focal(gamma=gamma, weights="balanced"), facts(1, 1), CPU)
    for target in (torch.tensor([0, 1]), torch.tensor([255, 255])):
        loss = made(scores, target)
        loss.backward()
        assert loss.item() == pytest.approx(0.0, abs=1e-6)
    assert scores.grad is not None
    assert scores.grad.isfinite().all()
