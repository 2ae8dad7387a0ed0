"""Specs that train in a second: what is tested is how a run ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SPEC = """\
archc = 1
name = "tiny"
[input]
size = [8, 8]
channels = {channels}
[model]
kind = "classifier"
classes = {classes}
[[model.body.stages]]
name = "a"
layers = [{{ op = "conv2d", out_channels = 4, kernel_size = 3, stride = 2 }}, {{ op = "relu" }}]
[[model.body.stages]]
name = "b"
layers = [{{ op = "conv2d", out_channels = 8, kernel_size = 3, stride = 2 }}, {{ op = "relu" }}]
[model.head]
hidden = [8]
[data]
{data}
[train]
batch_size = {batch}
workers = {workers}
[[train.phases]]
epochs = {epochs}
lr = 1e-3
"""
FOLDERS = 'kind = "image_folder"\nroot = "data"\ntrain = "train"\nvalid = "val"'


def digits_spec(path: Path, epochs: int = 3) -> Path:
    """Write a spec that trains on the digits, 22 steps an epoch, and return its path."""
    data = 'kind = "digits"\nvalid = 0.2'
    path.write_text(SPEC.format(channels=1, classes=10, data=data, batch=64, workers=0, epochs=epochs))
    return path


def folder_spec(path: Path, epochs: int = 3, workers: int = 0) -> Path:
    """Write a spec that trains on 16 images beside it in batches of 4, and return its path."""
    random = np.random.default_rng(0)
    for split, count in (("train", 8), ("val", 4)):
        for label in ("cat", "dog"):
            folder = path.parent / "data" / split / label
            folder.mkdir(parents=True)
            for i in range(count):
                Image.fromarray(random.integers(0, 255, (9, 11, 3), np.uint8)).save(folder / f"{i}.png")
    path.write_text(SPEC.format(channels=3, classes=2, data=FOLDERS, batch=4, workers=workers, epochs=epochs))
    return path


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return the records of a file of lines."""
    return [json.loads(line) for line in path.read_text().splitlines()]
