"""Ops that only lowerings and recorded bodies write: parts of a library's own `forward`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archc.spec.fields import Index, Natural, Positive, PositiveFloat
from archc.spec.layers.layer import LayerFields


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter(LayerFields):
    """A learnt tensor of its own; its key is the node's module path."""

    op: Literal["parameter"] = "parameter"
    shape: tuple[Positive, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpandBatch(LayerFields):
    """The first input, of batch size 1, repeated to the second one's batch size."""

    op: Literal["expand_batch"] = "expand_batch"


@dataclass(frozen=True, kw_only=True, slots=True)
class Narrow(LayerFields):
    """`length` entries from `start` along one dimension."""

    op: Literal["narrow"] = "narrow"
    dim: Index
    start: Natural
    length: Positive


@dataclass(frozen=True, kw_only=True, slots=True)
class Select(LayerFields):
    """One entry of a dimension, which goes away."""

    op: Literal["select"] = "select"
    dim: Index
    index: Index


@dataclass(frozen=True, kw_only=True, slots=True)
class Mean(LayerFields):
    """The mean over some dimensions."""

    op: Literal["mean"] = "mean"
    dims: tuple[Index, ...]
    keepdim: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Normalize(LayerFields):
    """(x - mean) / std for each channel of `(N, C, H, W)`; not trained."""

    op: Literal["normalize"] = "normalize"
    mean: tuple[float, ...]
    std: tuple[PositiveFloat, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageToFloat(LayerFields):
    """uint8 `(N, H, W, C)` of 0 to 255 to float32 `(N, C, H, W)` of 0 to 1."""

    op: Literal["image_to_float"] = "image_to_float"


@dataclass(frozen=True, kw_only=True, slots=True)
class Argmax(LayerFields):
    """The index of the largest value along one dimension, which goes away: a class, or a class map."""

    op: Literal["argmax"] = "argmax"
    dim: Index = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class OpaqueBody(LayerFields):
    """A library's body that archc does not see into: built by the library, exported by torch's exporter.

    Its map is ceil((size // patch) / (reduction / patch)): patches are cut first, what follows pads.
    """

    op: Literal["opaque_body"] = "opaque_body"
    ref: str
    cut: str
    channels: Positive
    in_channels: Positive
    reduction: Positive
    patch: Positive = 1
    layout: Literal["NCHW", "NHWC"] = "NCHW"
