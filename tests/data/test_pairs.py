"""Pairs and triplets: fresh for training, fixed for validation, functions of seed, epoch and number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from archc.data.batches import Loading, open_batches
from archc.data.datasets import open_data
from archc.data.examples import ONLY, Files, Raw
from archc.data.kinds.pairs import Drawn, draw_from
from archc.files.errors import WorldError
from archc.spec.data import Augment
from archc.spec.grammar import validator


@dataclass(frozen=True)
class Shades:
    """Plain pictures of shade 10 * class + number within it."""

    labels: tuple[int, ...]
    in_memory: bool = True

    def __len__(self) -> int:
        return len(self.labels)

    def name(self, index: int) -> str:
        return f"shade {index}"

    def files(self, index: int) -> Files:
        return Files()

    def load(self, index: int) -> Raw:
        picture = Image.fromarray(np.full((4, 4), index, dtype=np.uint8))
        return Raw({"image": picture}, {ONLY: self.labels[index]})


PAIR, TRIPLET = ("left", "right"), ("anchor", "same", "other")
LETTERS = tuple(str(number) for number in range(200))
LABELS = tuple(label for label in range(5) for _ in range(6))


def drawn(**options: Any) -> Drawn:
    given = {"same": 0.5, "count": None, "seed": 1, "fresh": True, **options}
    names = PAIR if given["same"] is not None else TRIPLET
    return draw_from(Shades(LABELS), [f"c{i}" for i in range(5)], names, **given)


def test_pairs_are_what_they_say() -> None:
    pairs = drawn(count=300)
    said: Counter[int | None] = Counter()
    for index in range(300):
        first, second = pairs.numbers(index, 0)
        same = pairs.drawn(index, 0).label
        assert same == (LABELS[first] == LABELS[second])
        assert first != second
        said[same] += 1
    assert 110 < said[1] < 190


def test_each_image_leads_one_pair_an_epoch() -> None:
    pairs = drawn()
    assert [pairs.numbers(index, 3)[0] for index in range(len(pairs))] == list(range(30))


def test_training_draws_anew_and_repeats_by_seed() -> None:
    def all_of(pairs: Drawn, epoch: int) -> list[tuple[int, ...]]:
        return [pairs.numbers(index, epoch) for index in range(len(pairs))]

    assert all_of(drawn(), 0) == all_of(drawn(), 0)
    assert all_of(drawn(), 0) != all_of(drawn(), 1)
    assert all_of(drawn(), 0) != all_of(drawn(seed=2), 0)
    fixed = drawn(fresh=False)
    assert all_of(fixed, 0) == all_of(fixed, 7)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_validation_has_exactly_the_share(share: float) -> None:
    pairs = drawn(fresh=False, same=share, count=40)
    assert sum(pairs.drawn(i, 0).label or 0 for i in range(40)) == round(40 * share)


def test_triplets() -> None:
    triplets = drawn(same=None, count=100)
    for index in range(100):
        anchor, near, far = triplets.numbers(index, 0)
        assert LABELS[anchor] == LABELS[near] != LABELS[far]
        assert anchor != near
    assert len(triplets.load(0).inputs) == 3


def test_a_single_image_is_paired_with_itself_but_leads_no_triplet() -> None:
    lonely = Shades((0, 1, 1))
    pairs = draw_from(lonely, ["a", "b"], PAIR, same=1.0, count=3, seed=0, fresh=True)
    assert pairs.numbers(0, 0) == (0, 0)
    triplets = draw_from(lonely, ["a", "b"], TRIPLET, same=None, count=3, seed=0, fresh=True)
    assert all(triplets.numbers(i, 0)[0] in (1, 2) for i in range(3))


def test_what_cannot_be_paired() -> None:
    with pytest.raises(WorldError, match="of one class"):
        draw_from(Shades((0, 0)), ["a"], PAIR, same=0.5, count=None, seed=0, fresh=True)
    with pytest.raises(WorldError, match="single image"):
        draw_from(Shades((0, 1)), ["a", "b"], TRIPLET, same=None, count=None, seed=0, fresh=True)


def test_batches_of_pairs_are_fresh_each_epoch_and_changed_apart() -> None:
    loading = Loading(size=(4, 4), batch_size=30, seed=5, workers=0)
    batches = open_batches(drawn(), loading)
    first, second = next(batches.epoch(0)), next(batches.epoch(1))
    assert len(first.inputs) == 2
    order = [first.indices.argsort(), second.indices.argsort()]
    sides = {name: (first.inputs[name][order[0]], second.inputs[name][order[1]]) for name in PAIR}
    assert torch.equal(*sides["left"])  # each image leads a pair
    assert not torch.equal(*sides["right"])
    again = open_batches(drawn(), replace(loading, workers=1))
    assert torch.equal(next(again.epoch(1)).inputs["right"], second.inputs["right"])
    bright = replace(loading, augment=Augment(brightness=0.9))
    itself = draw_from(
        Shades(tuple(range(200))), list(LETTERS), PAIR, same=1.0, count=None, seed=0, fresh=True
    )
    changed = next(open_batches(itself, bright).epoch(0))
    assert (changed.inputs["left"] != changed.inputs["right"]).flatten(1).any(1).float().mean() > 0.7


def test_pairs_of_digits_go_through_a_spec() -> None:
    pytest.importorskip("sklearn")
    spec = validator().validate_python(
        {
            "archc": 1,
            "input": {"size": [8, 8], "channels": 1},
            "model": {"kind": "siamese", "body": {"ref": "torchvision/resnet18"}},
            "data": {"kind": "pairs", "of": {"kind": "digits"}, "valid_pairs": 50},
        }
    )
    data = open_data(spec, Path())
    assert data.classes == ("different", "same")
    assert (len(data.train), len(data.valid)) == (1438, 50)
    assert sum(data.class_counts) == 1438
    assert " with " in data.valid.name(0)
