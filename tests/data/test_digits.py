"""scikit-learn's digits as examples."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from archc.data.batches import Loading, open_batches
from archc.data.datasets import Datasets, open_data
from archc.data.kinds.digits import stratified
from archc.files.errors import WorldError
from archc.spec.document import Spec

MakeSpec = Callable[..., Spec]


@pytest.fixture
def digits(make_spec: MakeSpec) -> Datasets:
    pytest.importorskip("sklearn")
    return open_data(make_spec({"kind": "digits"}, size=[16, 16], channels=1), Path())


def test_all_digits_are_dealt_out_evenly(digits: Datasets) -> None:
    assert len(digits.train) + len(digits.valid) == 1797
    assert digits.classes == tuple("0123456789")
    assert sum(digits.class_counts) == len(digits.train)
    assert digits.task == "classification"
    assert digits.ignore is None
    labels = Counter(digits.valid.load(i).label for i in range(len(digits.valid)))
    assert len(labels) == 10
    assert all(33 <= count <= 38 for count in labels.values())
    names = {digits.train.name(i) for i in range(len(digits.train))}
    assert names.isdisjoint(digits.valid.name(i) for i in range(len(digits.valid)))


def test_a_batch_is_gray_at_the_input_size(digits: Datasets) -> None:
    batch = next(open_batches(digits.valid, Loading(size=digits.size, batch_size=7)).epoch())
    assert batch.inputs["image"].shape == (7, 1, 16, 16)
    assert batch.inputs["image"].dtype == torch.uint8
    assert batch.inputs["image"].max() > 200
    assert batch.target.shape == (7,)
    assert batch.target.dtype == torch.int64


def test_gray_is_repeated_for_three_channels(make_spec: MakeSpec) -> None:
    pytest.importorskip("sklearn")
    data = open_data(make_spec({"kind": "digits"}, size=[8, 8], channels=3), Path())
    image = next(open_batches(data.train, Loading(size=(8, 8), batch_size=2)).epoch()).inputs["image"]
    assert image.shape == (2, 3, 8, 8)
    assert torch.equal(image[:, 0], image[:, 2])


def test_the_split_follows_its_own_seed(make_spec: MakeSpec) -> None:
    pytest.importorskip("sklearn")

    def held_out(**data: object) -> list[str]:
        valid = open_data(make_spec({"kind": "digits", **data}, size=[8, 8], channels=1), Path()).valid
        return [valid.name(i) for i in range(len(valid))]

    assert held_out() == held_out()
    assert held_out(split_seed=1) != held_out()
    assert abs(len(held_out(valid=0.5)) - 898) <= 5


def test_every_class_is_on_both_sides_however_small() -> None:
    labels = np.array([0] * 100 + [1, 1, 2, 2, 2])
    for share in (0.01, 0.99):
        chosen = stratified(labels, share, 0)
        assert set(labels[chosen]) == set(labels[~chosen]) == {0, 1, 2}


def test_without_scikit_learn_one_line_says_what_to_install(
    make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(WorldError, match="pip install"):
        open_data(make_spec({"kind": "digits"}, size=[8, 8], channels=1), Path())
