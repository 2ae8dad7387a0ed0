"""What a model file says of itself, checked before it is believed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from archc.files.errors import WorldError
from archc.images.pixels import PixelFormat
from archc.spec.pixels import RANGES

LARGEST_SIDE = 16_384
"""Pixels; a size from a file is a stranger's word."""

LARGEST_AREA = 80_000_000
"""Pixels of an image that archc reads, which one brought to a model's size must not exceed."""

TASKS = ("classification", "segmentation", "multi_label", "regression", "embedding", "tensor")
"""What an output can be; a tensor is one that nothing is known of."""
_MOST_CHANNELS = 2**31 - 1
_POSTPROCESSES = ("none", "softmax", "sigmoid", "argmax")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Picture:
    """One input: its name, its size in pixels, its channels, and how it is normalized.

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
        preprocess: whether the model takes uint8 `(N, H, W, C)` and normalizes inside.
        dynamic: which of "batch", "height", "width" are open.
        multiple: what open heights and widths must be multiples of.
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
    multiple: int = 1

    @property
    def any_size(self) -> bool:
        """Whether height and width are open, if only to multiples of `multiple`."""
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
        pictures = tuple(_picture(i) for i in _several(told["inputs"]))
        outputs = tuple(_output(o) for o in _several(told["outputs"]))
        if len({p.name for p in pictures}) < len(pictures) or len({o.name for o in outputs}) < len(outputs):
            raise ValueError(told)
        return Description(
            pictures=pictures,
            outputs=outputs,
            preprocess=_of(bool, told["preprocess"]),
            dynamic=frozenset(_of(str, name) for name in _of(list, told["dynamic"])),
            comparison=_comparison(told.get("comparison")),
            spec=entries.get("archc.spec", ""),
            version=entries.get("archc.version", ""),
            sha256=entries.get("archc.sha256", ""),
            multiple=_multiple(told.get("multiple", 1)),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as fault:
        raise WorldError(
            f"`{path}` describes itself in a way that makes no sense", "export it again"
        ) from fault


def _multiple(told: object) -> int:
    if not isinstance(told, int) or not 1 <= told <= LARGEST_SIDE:
        raise ValueError(told)
    return told


def _picture(told: Mapping[str, Any]) -> Picture:
    size = [_side(side) for side in _of(list, told["size"])]
    channels = _of(int, told["channels"])
    mean, std = (tuple(map(_finite, _of(list, told[key]))) for key in ("mean", "std"))
    if not (len(size) in (0, 2) and math.prod(size) <= LARGEST_AREA and 1 <= channels <= _MOST_CHANNELS):
        raise ValueError(told)
    if size and (len(mean) != channels or len(std) != channels or not all(std)):
        raise ValueError(told)
    dtype = _of(str, told.get("dtype", "uint8"))
    low, high = map(_finite, told.get("range", RANGES[dtype]))
    if low >= high:
        raise ValueError(told)
    height, width = size or (0, 0)
    return Picture(_name(told["name"]), height, width, channels, mean, std, dtype, (low, high))


def _output(told: Mapping[str, Any]) -> Output:
    if told["task"] not in TASKS or told["postprocess"] not in _POSTPROCESSES:
        raise ValueError(told)
    names = tuple(_of(str, name) for name in _of(list, told["classes"]))
    return Output(_name(told["name"]), told["task"], told["postprocess"], names)


def _comparison(told: Mapping[str, Any] | None) -> Comparison | None:
    if told is None:
        return None
    below = told["same_below"]
    return Comparison(_of(bool, told["normalise"]), None if below is None else _finite(below))


def _several(told: Any) -> list[Any]:
    if not _of(list, told):
        raise ValueError(told)
    return list(told)


def _side(value: Any) -> int:
    if not 1 <= _of(int, value) <= LARGEST_SIDE:
        raise ValueError(value)
    return int(value)


def _finite(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _name(value: Any) -> str:
    if not _of(str, value):
        raise ValueError(value)
    return str(value)


def _of(kind: type[T], value: Any) -> T:
    """The value, which is of that very type of JSON: `true` is no integer."""
    if type(value) is not kind:
        raise TypeError(value)
    return value
