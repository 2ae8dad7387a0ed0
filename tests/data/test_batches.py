"""Order and batches: functions of seed and epoch, the same however many processes load."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from archc.data.batches import Batches, Loading, Prepared, open_batches
from archc.data.datasets import Datasets
from archc.data.examples import Batch
from archc.data.normalize import Normalizer
from archc.data.order import batches_in, in_order, shuffled
from archc.data.workers import MOST_PER_CORE, Crew, cores, fault_of, worker_count
from archc.files.errors import WorldError
from archc.ops.tensors import TensorType
from archc.plan.inputs import ImageInput
from archc.spec.data import Augment

Opened = Callable[..., Datasets]
LOADING = Loading(
    size=(8, 12),
    batch_size=2,
    seed=3,
    augment=Augment(horizontal_flip=0.5, scale=(0.7, 1.5), rotate=20.0, brightness=0.2),
    workers=0,
)


def same(one: list[Batch], other: list[Batch]) -> bool:
    return len(one) == len(other) and all(
        torch.equal(a.inputs["image"], b.inputs["image"])
        and torch.equal(a.target, b.target)
        and torch.equal(a.indices, b.indices)
        for a, b in zip(one, other, strict=True)
    )


def test_validation_comes_in_order_and_whole() -> None:
    assert in_order(5, 2) == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize(
    ("count", "size", "batches"), [(10, 3, 3), (9, 3, 3), (2, 3, 1), (3, 3, 1), (1, 8, 1)]
)
def test_a_short_batch_is_dropped_only_beside_whole_ones(count: int, size: int, batches: int) -> None:
    made = shuffled(count, size, seed=1, epoch=0)
    assert len(made) == batches == batches_in(count, size)
    assert {len(batch) for batch in made} == {min(size, count)}
    assert len({index for batch in made for index in batch}) == batches * min(size, count)


def test_the_order_is_a_function_of_seed_and_epoch() -> None:
    assert shuffled(50, 8, 1, 0) == shuffled(50, 8, 1, 0)
    assert shuffled(50, 8, 1, 0) != shuffled(50, 8, 1, 1)
    assert shuffled(50, 8, 1, 0) != shuffled(50, 8, 2, 0)


def test_workers_epochs_and_places_to_start_change_nothing(opened: Opened) -> None:
    data = opened()
    alone, helped = open_batches(data.train, LOADING), open_batches(data.train, replace(LOADING, workers=2))
    epochs = [list(alone.epoch(number)) for number in range(3)]
    assert not same(epochs[0], epochs[1])
    for number in (0, 1, 2):
        assert same(list(helped.epoch(number)), epochs[number])
    assert same(list(open_batches(data.train, replace(LOADING, workers=1)).epoch(2, first=1)), epochs[2][1:])
    assert len(alone) == 2


def test_an_epoch_left_in_the_middle_does_not_spoil_the_next(opened: Opened) -> None:
    batches = open_batches(opened().train, replace(LOADING, workers=2))
    whole = list(batches.epoch(0))
    next(iter(batches.epoch(1)))
    assert same(list(batches.epoch(0)), whole)


def test_no_global_generator_is_drawn_from(opened: Opened) -> None:
    data = opened()
    before = (torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate())  # type: ignore[union-attr,index]
    for workers in (0, 1):
        list(open_batches(data.train, replace(LOADING, workers=workers)).epoch(0))
    assert torch.equal(before[0], torch.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])  # type: ignore[index]
    assert before[2] == random.getstate()


def test_examples_can_be_loaded_at_another_size(opened: Opened) -> None:
    batch = next(open_batches(opened().train, replace(LOADING, size=(5, 7))).epoch())
    assert batch.inputs["image"].shape == (2, 3, 5, 7)
    assert batch.target.shape == (2, 5, 7)


def test_validation_is_unchanged_and_whole(opened: Opened) -> None:
    batches = open_batches(opened().train, Loading(size=(8, 12), batch_size=2, workers=0))
    assert len(batches) == 3
    assert [len(batch.indices) for batch in batches.epoch()] == [2, 2, 1]
    assert same(list(batches.epoch(0)), list(batches.epoch(1)))


def test_a_dead_worker_is_told_in_one_line(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archc.data.kinds.segmentation.SegmentationExamples.load", _die)
    batches = open_batches(opened().train, replace(LOADING, workers=1))
    with pytest.raises(WorldError, match="a data worker ended with exit status 1") as caught:
        list(batches.epoch())
    assert "train.workers" in str(caught.value)


def _die(*_: object) -> None:
    import os

    os._exit(1)


def test_only_faults_of_workers_are_faults_of_the_world() -> None:
    bug = RuntimeError("a bug of ours")
    assert fault_of(Crew(), bug, 600) is bug
    hung = fault_of(Crew(), RuntimeError("DataLoader timed out after 600 seconds"), 600)
    assert isinstance(hung, WorldError)


def test_no_examples_is_an_error(opened: Opened) -> None:
    data = opened()
    with pytest.raises(WorldError, match="no examples"):
        open_batches(replace(data.train, pairs=()), LOADING)  # type: ignore[type-var]


def test_examples_can_be_sent_to_a_started_process(opened: Opened) -> None:
    prepared = pickle.loads(pickle.dumps(Prepared(opened().train, LOADING)))
    assert not isinstance(prepared[0, 1], WorldError)


def test_how_many_workers() -> None:
    assert worker_count(3, in_memory=True) == 3
    assert worker_count(250, in_memory=True) == min(250, MOST_PER_CORE * cores())
    assert worker_count(None, in_memory=True) == 0
    assert worker_count(None, in_memory=False) == min(cores(), 8)


def test_bytes_become_normalized_numbers() -> None:
    given = ImageInput("image", TensorType((1, 2, 1, 2)), mean=(0.5, 0.25), std=(0.5, 0.2))
    images = torch.tensor([[[[0, 255]], [[51, 102]]]], dtype=torch.uint8)
    batch = Batch({"image": images}, {"target": torch.tensor([3])}, torch.tensor([0]))
    (made,), targets = Normalizer.of([given], torch.device("cpu"))(batch)
    assert made.dtype == torch.float32
    assert torch.allclose(made, torch.tensor([[[[-1.0, 1.0]], [[-0.25, 0.75]]]]), atol=1e-6)
    assert targets["target"].dtype == torch.int64
    (last,), _ = Normalizer.of([given], torch.device("cpu"), channels_last=True)(batch)
    assert torch.equal(last, made)


def test_batches_know_their_smallest(opened: Opened, tmp_path: Path) -> None:
    data = opened()
    assert Batches(data.train, replace(LOADING, batch_size=1)).smallest == 1
    assert Batches(data.train, replace(LOADING, batch_size=64)).smallest == 5
