"""Pictures in, classes or class maps out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from archc.files.errors import WorldError
from archc.runtime.description import Description
from archc.runtime.images import prepared, read_image
from archc.runtime.session import Model

Array = npt.NDArray[Any]
SizeRule = Literal["model", "keep"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """One class with its share: a probability, or for several labels at once one of its own."""

    index: int
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Classes:
    """The best classes of one picture (or of one pair), best first; `scores` holds all."""

    paths: tuple[Path, ...]
    best: tuple[Ranked, ...]
    scores: Array


@dataclass(frozen=True, slots=True)
class ClassMap:
    """The class of each pixel of one picture, uint8 or uint16 `(H, W)` at the picture's own size."""

    paths: tuple[Path, ...]
    classes: Array


Prediction = Classes | ClassMap


@dataclass(frozen=True, slots=True)
class _Item:
    paths: tuple[Path, ...]
    own_size: tuple[int, int]
    arrays: tuple[Array, ...]


def predict(
    model: Model,
    paths: Sequence[Path | str],
    *,
    size: SizeRule = "model",
    batch: int = 8,
    top: int = 5,
) -> Iterator[Prediction]:
    """A prediction for each picture in order; for a model of several inputs, for each group of as many.

    Pictures are resized to the model's own size; with `size="keep"` they stay as they are, where the model
    allows it. A class map is chosen at the size the model worked at and brought to the picture's own size by
    nearest neighbour, so that it holds no class the model did not choose.

    Raises:
        WorldError: a picture cannot be read, or does not go with the model.
    """
    described = model.description
    if size == "keep" and not described.any_size:
        raise WorldError(
            f"`{model.path}` works at one size only", "leave out the wish to keep the pictures' size"
        )
    several = batch if "batch" in described.dynamic else 1
    for items in _batches(_items(described, paths, size), several):
        inputs = {p.name: np.stack([i.arrays[k] for i in items]) for k, p in enumerate(described.pictures)}
        answer = model.run(inputs)[model.outputs[0]]
        for item, row in zip(items, answer, strict=True):
            yield _prediction(described, item, row, top)


def _items(described: Description, paths: Sequence[Path | str], size: SizeRule) -> Iterator[_Item]:
    each = len(described.pictures)
    if len(paths) % each:
        raise WorldError(f"the model takes {each} pictures at a time; {len(paths)} were given")
    for start in range(0, len(paths), each):
        group = tuple(Path(p) for p in paths[start : start + each])
        images = [read_image(p, given.channels) for p, given in zip(group, described.pictures, strict=True)]
        arrays = []
        for image, given in zip(images, described.pictures, strict=True):
            wanted = (image.height, image.width) if size == "keep" else (given.height, given.width)
            arrays.append(prepared(image, given, wanted, described.preprocess))
        yield _Item(group, (images[0].height, images[0].width), tuple(arrays))


def _batches(items: Iterator[_Item], most: int) -> Iterator[list[_Item]]:
    """Up to `most` neighbours of one size at a time."""
    kept: list[_Item] = []
    for item in items:
        same = not kept or [a.shape for a in kept[0].arrays] == [a.shape for a in item.arrays]
        if kept and (len(kept) == most or not same):
            yield kept
            kept = []
        kept.append(item)
    if kept:
        yield kept


def _prediction(described: Description, item: _Item, row: Array, top: int) -> Prediction:
    chosen = described.postprocess == "argmax" and np.issubdtype(row.dtype, np.integer)
    if row.ndim == 3 or (chosen and row.ndim == 2):
        classes = row if chosen else row.argmax(axis=0)
        return ClassMap(item.paths, at_size(classes, item.own_size))
    if chosen and row.ndim == 0:
        index = int(row)
        return Classes(item.paths, (Ranked(index, described.class_name(index), 1.0),), row)
    if row.ndim != 1:
        raise WorldError(
            f"the model answers with {row.ndim} dimensions for a picture; classes or class maps are read"
        )
    scores = _shares(described, row)
    order = np.argsort(-scores, kind="stable")
    best = (Ranked(int(i), described.class_name(int(i)), float(scores[i])) for i in islice(order, top))
    return Classes(item.paths, tuple(best), scores)


def _shares(described: Description, row: Array) -> Array:
    """Scores as probabilities, where they are not that yet and the task has them."""
    exact = row.astype(np.float64)
    if described.postprocess == "softmax" or described.task == "regression":
        return exact
    if described.task == "multi_label":
        return np.asarray(1 / (1 + np.exp(-np.clip(exact, -700, 700))))
    exponents = np.exp(exact - exact.max())
    return np.asarray(exponents / exponents.sum())


def at_size(classes: Array, size: tuple[int, int]) -> Array:
    """A class map at another (height, width), each pixel the nearest one: uint8, or uint16 where needed."""
    narrow = np.uint8 if classes.size == 0 or int(classes.max()) < 256 else np.uint16
    small = np.ascontiguousarray(classes.astype(narrow))
    if small.shape == size:
        return small
    rows, columns = (_nearest(old, new) for old, new in zip(small.shape, size, strict=True))
    return np.ascontiguousarray(small[rows[:, None], columns[None, :]])


def _nearest(old: int, new: int) -> Array:
    """For each of `new` pixels the one of `old` whose middle is nearest to its own."""
    return np.minimum((2 * np.arange(new) + 1) * old // (2 * new), old - 1)
