"""The loop as a whole: it learns, repeats itself bit for bit, and stops with its weights good."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import torch
from torch import nn

from archc.data.batches import Loading, open_batches
from archc.data.datasets import open_data
from archc.data.examples import VOID
from archc.data.normalize import Normalizer
from archc.files.errors import WorldError
from archc.ops.tensors import TensorType
from archc.plan.lower.outputs import made_outputs
from archc.training.evaluate import evaluate
from archc.training.events import Notice, PhaseStart, RunEnd, RunStart, Step
from archc.training.objectives import make_objectives


def test_it_learns_and_tells_in_order(small: Any) -> None:
    told = small.run(small.make_net(), train={"phases": [{"epochs": 6, "lr": 0.02}]})
    kinds = [type(event).__name__ for event in told]
    epoch = ["Step"] * 4 + ["EpochEnd"]  # 18 examples by 4: the short fifth batch is dropped
    assert kinds == ["RunStart", "PhaseStart", *epoch * 6, "RunEnd"]
    start, phase, end = told[0], told[1], told[-1]
    assert isinstance(start, RunStart)
    assert (start.steps, start.epochs, start.examples, start.valid_examples) == (24, 6, 18, 6)
    assert start.monitor == "mean_iou"
    assert isinstance(phase, PhaseStart)
    assert phase.rates == {"body": 0.02, "head": 0.02}
    assert isinstance(end, RunEnd)
    assert end.best.metrics["mean_iou"] > 0.9
    assert end.best.metrics["pixel_accuracy"] > 0.95
    assert len(end.best.class_iou) == 2
    ends = small.ends(told)
    assert ends[-1].train_loss < ends[0].train_loss
    assert [e.epoch for e in ends] == list(range(6))
    best = max(ends, key=lambda e: e.metrics["mean_iou"])
    assert end.best == best
    assert best.best


class TwoConvolutions(nn.Module):
    """Scores for each pixel, without dropout or statistics: what a step computes can be repeated by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 2, 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.head(self.body(image).relu())
        return scores


def test_losses_of_an_epoch_are_those_of_torchs_own_loop(small: Any) -> None:
    data, rate, epochs = small.data(), 0.05, 3
    ours, theirs = TwoConvolutions(), TwoConvolutions()
    theirs.load_state_dict(ours.state_dict())
    told = small.run(
        ours,
        train={
            "optimizer": {"kind": "sgd", "momentum": 0.0, "weight_decay": 0.0},
            "phases": [{"epochs": epochs, "lr": rate, "schedule": "constant"}],
        },
    )
    prepare = Normalizer.of(small.plan().inputs, torch.device("cpu"))
    seed = small.spec().train.seed
    batches = open_batches(data.train, Loading(size=(8, 12), batch_size=4, seed=seed, augment=data.augment))
    held_out = open_batches(data.valid, Loading(size=(8, 12), batch_size=4))
    optimizer = torch.optim.SGD(theirs.parameters(), lr=rate)

    def loss_of(batch: Any) -> torch.Tensor:
        (image,), targets = prepare(batch)
        (target,) = targets.values()
        return nn.functional.cross_entropy(theirs(image), target, ignore_index=VOID)

    for epoch, end in enumerate(small.ends(told)):
        losses = []
        for batch in batches.epoch(epoch):
            optimizer.zero_grad()
            loss = loss_of(batch)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(loss.item())
        assert len(losses) == 4
        assert end.train_loss == pytest.approx(sum(losses) / 4, rel=1e-5)
        assert end.train_loss == pytest.approx(
            fmean(event.loss for event in told if isinstance(event, Step) and event.epoch == epoch), rel=1e-12
        )
        with torch.no_grad():
            by_example = [(loss_of(batch).item(), len(batch.indices)) for batch in held_out.epoch()]
        assert [count for _, count in by_example] == [4, 2]
        assert end.valid_loss == pytest.approx(sum(loss * n for loss, n in by_example) / 6, rel=1e-5)


def test_steps_carry_the_schedule(small: Any) -> None:
    told = small.run(small.make_net(), train={"phases": [{"epochs": 5, "lr": [1e-4, 1e-2]}]})
    steps = [event for event in told if isinstance(event, Step)]
    assert [step.step for step in steps] == list(range(20))
    assert steps[0].rate == pytest.approx(4e-4)
    assert steps[5].rate == pytest.approx(1e-2)
    assert steps[5].momentum == pytest.approx(0.85)
    assert steps[19].rate == pytest.approx(0.000109, abs=5e-7)
    assert all(step.examples == 4 and step.gradient_norm > 0 for step in steps)


@pytest.mark.parametrize("workers", [1, 2])
def test_runs_repeat_bit_for_bit_however_data_is_loaded(small: Any, workers: int) -> None:
    changes = {"data": None, "train": {"phases": [{"epochs": 2}, {"epochs": 1, "batch_size": 3}]}}
    one, two = small.make_net(), small.make_net()
    first = small.run(one, train={**changes["train"], "workers": 0})
    torch.manual_seed(99)  # what a program drew before must not matter
    second = small.run(two, train={**changes["train"], "workers": workers})
    for name, tensor in one.state_dict().items():
        assert torch.equal(tensor, two.state_dict()[name]), name
    assert [e.metrics for e in small.ends(first)] == [e.metrics for e in small.ends(second)]
    other = small.run(small.make_net(), train={**changes["train"], "seed": 1})
    assert small.ends(other)[-1].train_loss != small.ends(first)[-1].train_loss


def test_a_phase_may_change_size_batch_and_augmentation(small: Any) -> None:
    phases = [
        {"epochs": 1},
        {"epochs": 1, "size": [4, 6], "batch_size": 9, "augment": {}, "schedule": "flat_cosine"},
    ]
    sizes: list[tuple[int, ...]] = []
    net = small.make_net()
    net.register_forward_pre_hook(lambda _, inputs: sizes.append(tuple(inputs[0].shape)))
    told = small.run(net, train={"phases": phases})
    starts = [event for event in told if isinstance(event, PhaseStart)]
    assert [start.steps for start in starts] == [4, 2]
    assert sizes[:4] == [(4, 3, 8, 12)] * 4
    assert (9, 3, 4, 6) in sizes
    assert isinstance(told[0], RunStart)
    assert told[0].steps == 6


def test_fewer_examples_than_a_batch_are_one_smaller_batch(small: Any) -> None:
    data = small.data(train=small.halves(3))
    steps = [e for e in small.run(small.make_net(), data, train={"batch_size": 64}) if isinstance(e, Step)]
    assert [step.examples for step in steps] == [3, 3]


def test_batch_norm_on_single_images_is_noted(small: Any) -> None:
    told = small.run(small.make_net(), train={"batch_size": 1, "phases": [{"epochs": 1}]})
    assert any(isinstance(event, Notice) and "batch norm" in event.text for event in told)
    held = {"epochs": 1, "train": ["head"], "train_norm": "none"}
    told = small.run(small.make_net(), train={"batch_size": 1, "phases": [held]})
    assert not any(isinstance(event, Notice) for event in told)


def test_classes_that_never_occur_are_noted(small: Any) -> None:
    data = small.data()
    data = replace(data, targets={"target": replace(data.first, class_counts=(10, 0))})
    notes = [e.text for e in small.run(small.make_net(), data) if isinstance(e, Notice)]
    assert notes == ["not in the training data: bright"]


def test_batch_norm_on_single_values_is_one_line(small: Any) -> None:
    net = small.make_net()
    net.body.append(torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.BatchNorm2d(8)))
    with pytest.raises(WorldError, match="single value a channel") as caught:
        small.run(net, train={"batch_size": 1})
    assert "train.batch_size" in str(caught.value)


def test_a_loss_that_is_not_finite_stops_before_the_step(small: Any) -> None:
    net = small.make_net()
    seen = []
    for event in _until_fault(small, net):
        if isinstance(event, Step):
            seen.append({name: tensor.clone() for name, tensor in net.state_dict().items()})
            if event.step == 4:
                net.head.register_forward_hook(lambda *_: _[2] * float("nan"))
    assert len(seen) == 5
    # Batch norm has seen the batch, no weight has moved: what is in the module can be kept.
    for name, parameter in net.named_parameters():
        assert torch.equal(parameter, seen[-1][name]), name


def _until_fault(small: Any, net: torch.nn.Module) -> Any:
    with pytest.raises(WorldError, match=r"the loss is nan at step 6 \(epoch 2, .*on half \d+") as caught:
        yield from small.progress(net)
    assert "gradient_clip" in str(caught.value)


def test_a_gradient_that_is_not_finite_stops_too(small: Any) -> None:
    net = small.make_net()
    net.head.weight.register_hook(lambda grad: grad * float("inf"))
    with pytest.raises(WorldError, match="a gradient is not finite at step 1"):
        small.run(net)


def test_gradients_are_clipped(small: Any) -> None:
    clipped, free = small.make_net(), small.make_net()
    sgd = {"kind": "sgd", "momentum": 0.0, "weight_decay": 0.0}
    phases = [{"epochs": 1, "lr": 1.0, "schedule": "constant"}]
    data = small.data(train=small.halves(4))
    start = {name: p.detach().clone() for name, p in free.named_parameters()}
    told = small.run(clipped, data, train={"optimizer": sgd, "phases": phases, "gradient_clip": 0.01})
    moved = sum(float((p - start[name]).detach().pow(2).sum()) for name, p in clipped.named_parameters())
    step = next(event for event in told if isinstance(event, Step))
    assert step.gradient_norm > 0.01  # as it was before
    assert moved**0.5 == pytest.approx(0.01, rel=1e-3)


def test_a_classifier_learns(small: Any) -> None:
    pytest.importorskip("sklearn")
    spec = small.spec(input={"size": [8, 8], "channels": 1}, data={"kind": "digits"})
    data = open_data(spec, Path())
    net = small.make_net(kind=small.classifier, classes=10, channels=1, wide=16)
    from archc.training.engine import PlainEngine
    from archc.training.fit import fit

    train = {"batch_size": 64, "phases": [{"epochs": 4, "lr": 0.02}]}
    spec = small.spec(input={"size": [8, 8], "channels": 1}, data={"kind": "digits"}, train=train)
    outputs = made_outputs(spec, (("scores", "head"),), {"head": TensorType((1, 10))})
    plan = small.plan(1).changed(outputs=outputs)
    told = list(fit(spec, plan, net, data, small.groups_of(net), device=torch.device("cpu")))
    assert isinstance(told[0], RunStart)
    assert told[0].monitor == "accuracy"
    assert small.ends(told)[-1].metrics["accuracy"] > 0.5
    assert PlainEngine(torch.device("cpu")).device.type == "cpu"


def test_bf16_trains_and_keeps_weights_in_float32(small: Any) -> None:
    from archc.training.engine import PlainEngine
    from archc.training.fit import fit

    net = small.make_net()
    engine = PlainEngine(torch.device("cpu"), bf16=True)
    told = list(fit(small.spec(), small.plan(), net, small.data(), small.groups_of(net), engine=engine))
    assert small.ends(told)[-1].valid_loss < 1.0
    assert {p.dtype for p in net.parameters()} == {torch.float32}


def test_evaluation_takes_any_function_and_leaves_out_void(small: Any) -> None:
    data = small.data()
    loader = open_batches(data.valid, Loading(size=(8, 12), batch_size=4))
    prepare = Normalizer.of(small.plan().inputs, torch.device("cpu"))

    def bright_right(image: torch.Tensor) -> dict[str, torch.Tensor]:
        bright = torch.nn.functional.avg_pool2d(image.mean(1, keepdim=True), 3, 1, 1) > 0
        return {"mask": torch.cat([~bright, bright], 1).float()}

    objectives = make_objectives(small.plan(), data, torch.device("cpu"))
    found = evaluate(bright_right, loader.epoch(), prepare, objectives)
    assert found.examples == 6
    matrix = found.counts[0]["confusion"]
    assert matrix.sum() == 6 * 7 * 12
    assert matrix.diag().sum() > 0.85 * matrix.sum()
    assert found.metrics(objectives)["pixel_accuracy"] > 0.85
    assert 0 < found.loss < 1


def test_real_camvid_beats_chance(small: Any, shared_data: Path) -> None:
    source = {
        "kind": "segmentation",
        "root": str(shared_data / "camvid"),
        "train": {"images": "train/0016E5_0[12]*.jpg", "masks": "trainannot/{stem}.png"},
        "valid": {"images": "val/0016E5_079*.jpg", "masks": "valannot/{stem}.png"},
        "classes": [f"c{i}" for i in range(11)],
        "ignore": 11,
        "augment": {"horizontal_flip": 0.5},
    }
    train = {"batch_size": 4, "workers": 2, "phases": [{"epochs": 2, "lr": 0.02}]}
    spec = small.spec(input={"size": [60, 80]}, data=source, train=train)
    data = open_data(spec, shared_data)
    net = small.make_net(classes=11, wide=16)
    from archc.training.fit import fit

    told = list(fit(spec, small.plan(), net, data, small.groups_of(net), device=torch.device("cpu")))
    metrics = small.ends(told)[-1].metrics
    assert metrics["pixel_accuracy"] > 0.35  # the commonest class alone is well below that
    assert metrics["mean_iou"] > 0.07
