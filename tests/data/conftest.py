"""A small segmentation set of our own making, and specs over it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from archc.data.datasets import Datasets, open_data
from archc.spec.data import Segmentation
from archc.spec.document import Spec
from archc.spec.grammar import validator

SEGMENTATION: dict[str, Any] = {
    "kind": "segmentation",
    "root": "set",
    "train": {"images": "train/*.png", "masks": "masks/{stem}.png"},
    "valid": {"images": "valid/*.png", "masks": "masks/{stem}.png"},
    "classes": ["left", "right"],
    "ignore": 9,
}


def save(path: Path, pixels: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`set` with 5 training and 2 validation images of 8x12: left half dark and class 0, right half 1."""
    root = tmp_path / "set"
    for number in range(7):
        image = np.zeros((8, 12, 3), dtype=np.uint8)
        image[:, :6], image[:, 6:] = 20 + number, 200 + number
        mask = np.zeros((8, 12), dtype=np.uint8)
        mask[:, 6:], mask[0, :] = 1, 9
        save(root / ("train" if number < 5 else "valid") / f"{number}.png", image)
        save(root / "masks" / f"{number}.png", mask)
    return root


@pytest.fixture
def segmentation() -> dict[str, Any]:
    """The `[data]` of the small set."""
    return SEGMENTATION


@pytest.fixture
def make_spec() -> Callable[..., Spec]:
    """A function from data (and input) to a spec."""

    def make(data: dict[str, Any], **input: Any) -> Spec:
        size = {"size": [8, 12], **input}
        model = {"kind": "unet", "body": {"ref": "torchvision/resnet18"}}
        made: Spec = validator().validate_python({"archc": 1, "input": size, "model": model, "data": data})
        return made

    return make


@pytest.fixture
def opened(folder: Path, make_spec: Callable[..., Spec]) -> Callable[..., Datasets]:
    """A function that opens the small set with changes to its `[data]`."""

    def open_it(**changes: Any) -> Datasets:
        spec = make_spec({**SEGMENTATION, **changes})
        assert isinstance(spec.data, Segmentation)
        return open_data(spec, folder.parent)

    return open_it
