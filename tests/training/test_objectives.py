"""Losses and metrics of every task, against torch's own and counting by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from archc.data.datasets import Datasets
from archc.data.facts import TargetFacts
from archc.files.errors import WorldError
from archc.ops.tensors import TensorType
from archc.plan.inputs import ImageInput
from archc.plan.lower.outputs import made_outputs
from archc.plan.plan import Plan
from archc.spec.data import Augment
from archc.spec.document import Spec
from archc.spec.grammar import validator
from archc.spec.outputs import Task
from archc.spec.train import (
    BinaryCrossEntropy,
    Contrastive,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
    Triplet,
)
from archc.training.loss import make_loss
from archc.training.metrics import count_classes, count_errors, count_right, count_tags, summary
from archc.training.objectives import Objective, make_objectives, monitored, total_loss

CPU = torch.device("cpu")


def facts(task: Task = "classification", classes: int = 3, examples: int = 30) -> TargetFacts:
    counts = (5, 10, 15)[:classes]
    names = tuple(f"c{i}" for i in range(classes))
    return TargetFacts(task=task, classes=names, class_counts=counts, examples=examples)


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_binary_cross_entropy_is_torchs() -> None:
    scores, target = random(8, 3), (random(8, 3, seed=1) > 0).float()
    ours = make_loss(BinaryCrossEntropy(), facts("multi_label"), CPU)(scores, target)
    assert ours.item() == pytest.approx(F.binary_cross_entropy_with_logits(scores, target).item())
    balanced = make_loss(BinaryCrossEntropy(positive_weights="balanced"), facts("multi_label"), CPU)
    weight = torch.tensor([25 / 5, 20 / 10, 15 / 15])
    theirs = F.binary_cross_entropy_with_logits(scores, target, pos_weight=weight)
    assert balanced(scores, target).item() == pytest.approx(theirs.item())
    smooth = make_loss(BinaryCrossEntropy(label_smoothing=0.2), facts("multi_label"), CPU)
    theirs = F.binary_cross_entropy_with_logits(scores, target * 0.8 + 0.1)
    assert smooth(scores, target).item() == pytest.approx(theirs.item())


@pytest.mark.parametrize(
    ("spec", "theirs"),
    [
        (MeanSquaredError(), F.mse_loss),
        (MeanAbsoluteError(), F.l1_loss),
        (MeanAbsoluteError(smooth=0.7), lambda a, b: F.smooth_l1_loss(a, b, beta=0.7)),
        (Poisson(), lambda a, b: (a.exp() - b * a).mean()),
    ],
)
def test_regression_losses_are_torchs(spec: Loss, theirs: Any) -> None:
    numbers, target = random(8, 2), random(8, 2, seed=1)
    ours = make_loss(spec, facts("regression", 2), CPU)(numbers, target)
    assert ours.item() == pytest.approx(theirs(numbers, target).item())


def test_contrastive_pulls_and_pushes() -> None:
    first = torch.tensor([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], requires_grad=True)
    second = torch.tensor([[3.0, 4.0], [0.3, 0.4], [3.0, 4.0]])
    loss = make_loss(Contrastive(margin=1.0), facts(), CPU)(first, second, torch.tensor([1, 0, 0]))
    assert loss.item() == pytest.approx((25 + 0.5**2 + 0) / 3, rel=1e-5)
    same = make_loss(Contrastive(), facts(), CPU)(first, first.detach(), torch.tensor([0, 1, 1]))
    same.backward()
    assert first.grad is not None
    assert first.grad.isfinite().all()


@pytest.mark.parametrize("normalise", [False, True])
def test_triplet_is_torchs(normalise: bool) -> None:
    parts = [random(6, 4, seed=seed) for seed in range(3)]
    ours = make_loss(Triplet(margin=0.5, normalise=normalise), facts(), CPU)(*parts, torch.ones(6))
    given = [F.normalize(part) for part in parts] if normalise else parts
    theirs = F.triplet_margin_loss(*given, margin=0.5)
    assert ours.item() == pytest.approx(theirs.item(), abs=1e-4)


def test_metrics_of_tags() -> None:
    scores = torch.tensor([[1.0, -1.0], [1.0, -1.0], [-1.0, -1.0]])
    target = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    found = summary(count_tags(scores, target), ("accuracy", "f1"))
    assert found["accuracy"] == pytest.approx(3 / 6)
    assert found["f1"] == pytest.approx((2 / 4 + 0) / 2)


def test_metrics_of_numbers() -> None:
    counts = count_errors(torch.tensor([[1.0], [3.0]]), torch.tensor([[2.0], [0.0]]))
    found = summary(counts, ("mae", "rmse"))
    assert found["mae"] == pytest.approx(2.0)
    assert found["rmse"] == pytest.approx(5**0.5)


def test_top_k_and_f1_of_classes() -> None:
    scores = torch.tensor([[9.0, 8, 7, 6, 5, 4], [9.0, 8, 7, 6, 5, 4], [9.0, 8, 7, 6, 5, 4]])
    counts = count_classes(scores, torch.tensor([0, 2, 4]), None)
    found = summary(counts, ("accuracy", "top_3", "top_5", "f1"))
    assert found["accuracy"] == pytest.approx(1 / 3)
    assert found["top_3"] == pytest.approx(2 / 3)
    assert found["top_5"] == 1.0
    assert found["f1"] == pytest.approx((2 * 1 / (1 + 3) + 0 + 0) / 3)
    assert summary(count_right(torch.tensor([True, False])), ("verification_accuracy",)) == {
        "verification_accuracy": 0.5
    }


def spec(**changes: Any) -> Spec:
    made: Spec = validator().validate_python(
        {
            "archc": 1,
            "input": {"size": [8, 8]},
            "model": {"kind": "classifier", "classes": 3, "body": {"ref": "torchvision/resnet18"}},
            **changes,
        }
    )
    return made


def table(**targets: dict[str, Any]) -> dict[str, Any]:
    """A table with named targets, or of one kind."""
    return {"kind": "image_csv", "root": ".", "targets": targets}


def plan(spec: Spec, *outputs: str, width: int = 3) -> Plan:
    given = ImageInput("image", TensorType((1, 3, 8, 8)), (0.5,) * 3, (0.5,) * 3)
    ends = tuple((name, name) for name in outputs)
    types = {name: TensorType((1, width)) for name in outputs}
    return Plan("net", (given,), (), made_outputs(spec, ends, types))


def data(**targets: TargetFacts) -> Datasets:
    return Datasets(train=[], valid=[], targets=targets, augment=Augment(), size=(8, 8))  # type: ignore[arg-type]


def test_the_usual_loss_and_metric_follow_the_task() -> None:
    def only(target: dict[str, Any], known: TargetFacts) -> Objective:
        made = spec(data={"kind": "image_csv", "root": ".", "target": target})
        (one,) = make_objectives(plan(made, "scores"), data(target=known), CPU)
        return one

    one = only({"kind": "tags"}, facts("multi_label"))
    assert (one.spec.kind, one.metrics) == ("binary_cross_entropy", ("f1", "accuracy"))
    one = only({"kind": "values", "columns": ["a", "b", "c"]}, facts("regression"))
    assert (one.spec.kind, one.metrics, monitored((one,))) == ("mse", ("mae",), "mae")


LABEL, NUMBER = {"kind": "label"}, {"kind": "values", "columns": ["much"]}


def test_several_outputs_learn_targets_of_their_names() -> None:
    losses = {"kind_of": {"kind": "cross_entropy"}, "how_much": {"kind": "l1", "weight": 0.5}}
    metrics = {"of": {"how_much": ["rmse"], "kind_of": ["accuracy"]}}
    targets = data(kind_of=facts(), how_much=facts("regression", 1))
    made = spec(data=table(kind_of=LABEL, how_much=NUMBER), losses=losses, metrics=metrics)
    objectives = make_objectives(plan(made, "kind_of", "how_much"), targets, CPU)
    assert monitored(objectives) == "how_much.rmse"  # the first that the spec has
    output = {"kind_of": random(4, 3), "how_much": random(4, 1)}
    truth = {"kind_of": torch.tensor([0, 1, 2, 0]), "how_much": random(4, 1, seed=2)}
    expected = F.cross_entropy(output["kind_of"], truth["kind_of"])
    expected = expected + 0.5 * F.l1_loss(output["how_much"], truth["how_much"])
    assert total_loss(objectives, output, truth).item() == pytest.approx(expected.item())


def test_only_outputs_with_a_loss_are_trained_where_one_is_written() -> None:
    made = spec(data=table(kind_of=LABEL, how_much=NUMBER), losses={"how_much": {"kind": "l1"}})
    targets = data(kind_of=facts(), how_much=facts("regression", 1))
    (one,) = make_objectives(plan(made, "kind_of", "how_much"), targets, CPU)
    assert (one.name, one.target, one.spec.kind) == ("", "how_much", "l1")


def test_several_outputs_may_learn_the_one_target() -> None:
    losses = {"deep": {"kind": "cross_entropy"}, "side": {"kind": "cross_entropy", "weight": 0.4}}
    made = spec(data={"kind": "digits"}, losses=losses)
    objectives = make_objectives(plan(made, "deep", "side"), data(target=facts()), CPU)
    assert {one.target for one in objectives} == {"target"}
    assert monitored(objectives) == "deep.accuracy"


def test_an_output_without_target_says_so() -> None:
    made = spec(losses={"mask": {"kind": "cross_entropy"}})
    targets = data(kind_of=facts(), how_much=facts("regression", 1))
    with pytest.raises(WorldError, match="no target `mask`"):
        make_objectives(plan(made, "mask", "kind_of"), targets, CPU)


def test_embeddings_are_compared_with_each_other() -> None:
    names = ("embedding_left", "embedding_right")
    twins = {"kind": "siamese", "embedding": 3, "body": {"ref": "torchvision/resnet18"}}
    made = spec(model=twins, loss={"kind": "contrastive", "margin": 2.0})
    (one,) = make_objectives(plan(made, *names), data(target=facts(classes=2)), CPU)
    assert tuple(output.name for output in one.outputs) == names
    output = {
        "embedding_left": torch.zeros(3, 2),
        "embedding_right": torch.tensor([[0.1, 0.0], [5.0, 0.0], [5.0, 0.0]]),
    }
    counts = one.counts(one.reads(output), torch.tensor([1, 0, 1]))
    assert summary(counts, one.metrics)["verification_accuracy"] == pytest.approx(2 / 3)
    three = plan(spec(model=twins), "embedding_anchor", "embedding_positive", "embedding_negative")
    (one,) = make_objectives(three, data(target=facts(classes=2)), CPU)
    assert one.spec.kind == "triplet"
    outputs = (torch.zeros(2, 1), torch.tensor([[1.0], [3.0]]), torch.tensor([[2.0], [2.0]]))
    assert summary(one.counts(outputs, torch.ones(2)), one.metrics)["verification_accuracy"] == 0.5
