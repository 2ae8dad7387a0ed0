"""The meaning of a model's outputs: classes, labels, values, vectors, class maps, distances."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from archc.runtime.description import Output
from archc.spec.outputs import Comparison

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Ranked:
    """One class with its share: a probability, or for several labels at once one of its own."""

    index: int
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Classes:
    """The best classes of one image (or of one pair), best first; `scores` holds all."""

    best: tuple[Ranked, ...]
    scores: Array


@dataclass(frozen=True, slots=True)
class Labels:
    """The classes that hold of an image, surest first, and the surest one whether it holds or not."""

    held: tuple[Ranked, ...]
    surest: Ranked
    scores: Array


@dataclass(frozen=True, slots=True)
class Values:
    """The numbers that an output has for an image, by their names."""

    values: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """An embedding `(E,)`, or an output of any shape that nothing is known of."""

    array: Array


@dataclass(frozen=True, slots=True)
class ClassMap:
    """The class of each pixel of one image, uint8 or uint16 `(H, W)` at the image's own size."""

    classes: Array


@dataclass(frozen=True, slots=True)
class Distances:
    """How far each further image of a group lies from the first; `same` where two are told apart so."""

    distances: tuple[float, ...]
    same: bool | None

    @property
    def nearest(self) -> int:
        """Which of the further images is nearest, counted from 0."""
        return int(np.argmin(self.distances))


OutputValue = Classes | Labels | Values | Numbers | ClassMap | Distances


def output_value(
    output: Output, row: Array, size: tuple[int, int], *, top: int, threshold: float
) -> OutputValue:
    """Return the typed value of one output for one image, or group, whose own height and width are `size`.

    `row` has no batch: scores or values `(K,)`, or class scores `(K, H, W)`; `()` or `(H, W)` where the file
    itself takes the argmax. Any other shape is passed on as `Numbers`.
    """
    chosen = output.postprocess == "argmax" and np.issubdtype(row.dtype, np.integer)
    rank = row.ndim + chosen if row.size else 0
    match output.task:
        case "classification" if rank == 1:
            return Classes((_ranked(output, int(row), 1.0),), row) if chosen else _classes(output, row, top)
        case "segmentation" if rank == 3:
            return ClassMap(at_size(row if chosen else row.argmax(axis=0), size))
        case "multi_label" if rank == 1:
            return _labels(output, row, threshold)
        case "regression" if rank == 1:
            return Values(tuple((output.class_name(i), float(value)) for i, value in enumerate(row)))
        case "counts" if rank == 1:
            means = np.exp(row.astype(np.float64))
            return Values(tuple((output.class_name(i), float(mean)) for i, mean in enumerate(means)))
        case (
            "classification"
            | "segmentation"
            | "multi_label"
            | "regression"
            | "counts"
            | "embedding"
            | "tensor"
        ):
            return Numbers(row)
        case _:
            assert_never(output.task)


def compared(rows: tuple[Array, ...], how: Comparison) -> Distances:
    """Return the Euclidean distances of the further embeddings `(E,)` from the first."""
    first, *others = (_directed(row.astype(np.float64)) if how.normalize else row for row in rows)
    apart = tuple(float(np.linalg.norm(first.astype(np.float64) - other)) for other in others)
    return Distances(apart, None if how.same_below is None else apart[0] < how.same_below)


def _directed(row: Array) -> Array:
    return np.asarray(row / max(float(np.linalg.norm(row)), 1e-12))


def _classes(output: Output, row: Array, top: int) -> Classes:
    scores = row.astype(np.float64)
    if output.postprocess != "softmax":
        exponents = np.exp(scores - scores.max())
        scores = exponents / exponents.sum()
    order = np.argsort(-scores, kind="stable")
    best = (_ranked(output, int(i), float(scores[i])) for i in islice(order, top))
    return Classes(tuple(best), scores)


def _labels(output: Output, row: Array, threshold: float) -> Labels:
    scores = row.astype(np.float64)
    if output.postprocess != "sigmoid":
        scores = np.asarray(1 / (1 + np.exp(-np.clip(scores, -700, 700))))
    ranked = [_ranked(output, int(i), float(scores[i])) for i in np.argsort(-scores, kind="stable")]
    return Labels(tuple(one for one in ranked if one.score >= threshold), ranked[0], scores)


def _ranked(output: Output, index: int, score: float) -> Ranked:
    return Ranked(index, output.class_name(index), score)


def at_size(classes: Array, size: tuple[int, int]) -> Array:
    """Return a class map `(H, W)` at another `size`, each pixel the nearest one: uint8, else uint16."""
    narrow = np.uint8 if classes.size == 0 or int(classes.max()) < 256 else np.uint16
    small = np.ascontiguousarray(classes.astype(narrow))
    if small.shape == size:
        return small
    rows, columns = (_nearest(old, new) for old, new in zip(small.shape, size, strict=True))
    return np.ascontiguousarray(small[rows[:, None], columns[None, :]])


def _nearest(old: int, new: int) -> Array:
    """Return for each of `new` pixels the one of `old` whose middle is nearest to its own."""
    return np.minimum((2 * np.arange(new) + 1) * old // (2 * new), old - 1)
