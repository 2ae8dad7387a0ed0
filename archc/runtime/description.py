"""What a model file says of itself, checked before it is believed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archc.files.errors import WorldError
from archc.images.pixels import PixelFormat
from archc.spec.pixels import RANGES

LARGEST_SIDE = 16_384
"""Pixels; a size from a file is a stranger's word."""

TASKS = ("classification", "segmentation", "multi_label", "regression", "embedding", "tensor")
"""What an output can be; a tensor is one that nothing is known of."""
_POSTPROCESSES = ("none", "softmax", "sigmoid", "argmax")


@dataclass(frozen=True, slots=True)
class Picture:
    """One input: its name, its size in pixels, its channels, and how it is normalised.

    Height and width are 0 for an input that is no picture.

    Attributes:
        dtype, range: of its images' samples, and the values that become 0.0 and 1.0; files of older versions
            do not say, and mean bytes.
    """

    name: str
    height: int
    width: int
    channels: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    dtype: str = "uint8"
    range: tuple[float, float] = RANGES["uint8"]

    @property
    def pixels(self) -> PixelFormat:
        """The pixels that its images must have."""
        return PixelFormat(self.channels, self.dtype, self.range)


@dataclass(frozen=True, slots=True)
class Output:
    """One answer of the model.

    Attributes:
        task: one of `TASKS`.
        postprocess: what the file makes of the scores itself: "none", "softmax", "sigmoid" or "argmax".
        classes: their names, of a regression those of its numbers; empty where nobody gave any.
    """

    name: str
    task: str
    postprocess: str
    classes: tuple[str, ...]

    def class_name(self, index: int) -> str:
        """The name of a class, or its number where it has none."""
        return self.classes[index] if 0 <= index < len(self.classes) else str(index)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How embeddings of several pictures are compared: by Euclidean distances from the first.

    Attributes:
        normalise: whether they are scaled to length 1 before.
        same_below: the distance below which two are taken for the same; None where the nearest one wins.
    """

    normalise: bool
    same_below: float | None


@dataclass(frozen=True, slots=True)
class Description:
    """What predict needs to know.

    Attributes:
        preprocess: whether the model takes uint8 `(N, H, W, C)` and normalises inside.
        dynamic: which of "batch", "height", "width" are open.
        comparison: how the outputs are compared, where they are embeddings of several pictures.
        spec: the text of the spec the model was made from.
        version: of the archc that wrote it.
        sha256: of the weights before export.
    """

    pictures: tuple[Picture, ...]
    outputs: tuple[Output, ...]
    preprocess: bool
    dynamic: frozenset[str]
    comparison: Comparison | None
    spec: str
    version: str
    sha256: str

    @property
    def any_size(self) -> bool:
        """Whether height and width are open."""
        return {"height", "width"} <= self.dynamic

    @property
    def task(self) -> str:
        """The task of the first output."""
        return self.outputs[0].task

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names of the first output."""
        return self.outputs[0].classes


def described(path: str, entries: Mapping[str, str]) -> Description:
    """The description in a file's metadata.

    Raises:
        WorldError: the file has none, or it makes no sense.
    """
    if "archc.input" not in entries:
        raise WorldError(
            f"`{path}` does not say what it takes in: it was not written by `archc export`",
            "export it with archc",
        )
    try:
        told = json.loads(entries["archc.input"])
        if not told["inputs"] or not told["outputs"]:
            raise ValueError(told)
        return Description(
            pictures=tuple(_picture(i) for i in told["inputs"]),
            outputs=tuple(_output(o) for o in told["outputs"]),
            preprocess=bool(told["preprocess"]),
            dynamic=frozenset(map(str, told["dynamic"])),
            comparison=_comparison(told.get("comparison")),
            spec=entries.get("archc.spec", ""),
            version=entries.get("archc.version", ""),
            sha256=entries.get("archc.sha256", ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise WorldError(
            f"`{path}` describes itself in a way that makes no sense", "export it again"
        ) from fault


def _picture(told: Mapping[str, Any]) -> Picture:
    height, width = (int(side) for side in told["size"] or (0, 0))
    channels = int(told["channels"])
    mean, std = (tuple(float(v) for v in told[key]) for key in ("mean", "std"))
    sizes = 1 <= height <= LARGEST_SIDE and 1 <= width <= LARGEST_SIDE
    if told["size"] and (not sizes or len(mean) != channels or len(std) != channels or not all(std)):
        raise ValueError(told)
    dtype = str(told.get("dtype", "uint8"))
    low, high = (float(value) for value in told.get("range", RANGES[dtype]))
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(told)
    return Picture(str(told["name"]), height, width, channels, mean, std, dtype, (low, high))


def _output(told: Mapping[str, Any]) -> Output:
    if told["task"] not in TASKS or told["postprocess"] not in _POSTPROCESSES:
        raise ValueError(told)
    names = tuple(map(str, told["classes"]))
    return Output(str(told["name"]), told["task"], told["postprocess"], names)


def _comparison(told: Mapping[str, Any] | None) -> Comparison | None:
    if told is None:
        return None
    below = told["same_below"]
    return Comparison(bool(told["normalise"]), None if below is None else float(below))
