"""What a model file says of itself, checked before it is believed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archc.files.errors import WorldError

LARGEST_SIDE = 16_384
"""Pixels; a size from a file is a stranger's word."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One input: its name, its size in pixels, its channels, and how it is normalised."""

    name: str
    height: int
    width: int
    channels: int
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """What predict needs to know.

    Attributes:
        task: "classification", "segmentation" and so on, as the exporter said.
        preprocess: whether the model takes uint8 `(N, H, W, C)` and normalises inside.
        postprocess: what the model answers with: "none" (scores), "softmax" or "argmax".
        dynamic: which of "batch", "height", "width" are open.
        classes: their names; empty where nobody gave any.
        spec: the text of the spec the model was made from.
        version: of the archc that wrote it.
        sha256: of the weights before export.
    """

    pictures: tuple[Picture, ...]
    task: str
    preprocess: bool
    postprocess: str
    dynamic: frozenset[str]
    classes: tuple[str, ...]
    spec: str
    version: str
    sha256: str

    @property
    def any_size(self) -> bool:
        """Whether height and width are open."""
        return {"height", "width"} <= self.dynamic

    def class_name(self, index: int) -> str:
        """The name of a class, or its number where it has none."""
        return self.classes[index] if 0 <= index < len(self.classes) else str(index)


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
        classes = json.loads(entries.get("archc.classes", "[]"))
        if not told["inputs"]:
            raise ValueError(told)
        return Description(
            pictures=tuple(_picture(i) for i in told["inputs"]),
            task=str(told["task"]),
            preprocess=bool(told["preprocess"]),
            postprocess=str(told["postprocess"]),
            dynamic=frozenset(map(str, told["dynamic"])),
            classes=tuple(map(str, classes)),
            spec=entries.get("archc.spec", ""),
            version=entries.get("archc.version", ""),
            sha256=entries.get("archc.sha256", ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise WorldError(
            f"`{path}` describes itself in a way that makes no sense", "export it again"
        ) from fault


def _picture(told: Mapping[str, Any]) -> Picture:
    height, width = (int(side) for side in told["size"])
    channels = int(told["channels"])
    mean, std = (tuple(float(v) for v in told[key]) for key in ("mean", "std"))
    sizes = 1 <= height <= LARGEST_SIDE and 1 <= width <= LARGEST_SIDE
    if not sizes or len(mean) != channels or len(std) != channels or not all(std):
        raise ValueError(told)
    return Picture(str(told["name"]), height, width, channels, mean, std)
