"""Ops that only lowerings and recorded bodies write: parts of a library's own `forward`."""

from __future__ import annotations

from typing import Literal

from archc.spec.fields import Index, Natural, Positive, PositiveFloat, Table
from archc.spec.frozen import named

__all__ = [
    "Argmax",
    "ExpandBatch",
    "ImageToFloat",
    "LibraryPart",
    "Mean",
    "Narrow",
    "Normalize",
    "PackedAttention",
    "Parameter",
    "Select",
]


@named
class Parameter(Table):
    """A learned tensor of its own; its key is the node's module path."""

    op: Literal["parameter"] = "parameter"
    shape: tuple[Positive, ...]


@named
class ExpandBatch(Table):
    """The first input, of batch size 1, repeated to the second one's batch size."""

    op: Literal["expand_batch"] = "expand_batch"


@named
class Narrow(Table):
    """`length` entries from `start` along one dimension."""

    op: Literal["narrow"] = "narrow"
    dim: Index
    start: Natural
    length: Positive


@named
class Select(Table):
    """One entry of a dimension, which goes away."""

    op: Literal["select"] = "select"
    dim: Index
    index: Index


@named
class Mean(Table):
    """The mean over some dimensions."""

    op: Literal["mean"] = "mean"
    dims: tuple[Index, ...]
    keepdim: bool = False


@named
class Normalize(Table):
    """(x - mean) / std for each channel of `(N, C, H, W)`; not trained."""

    op: Literal["normalize"] = "normalize"
    mean: tuple[float, ...]
    std: tuple[PositiveFloat, ...]


@named
class ImageToFloat(Table):
    """Images `(N, H, W, C)` of any dtype to float32 `(N, C, H, W)`, `low` to 0 and `high` to 1."""

    op: Literal["image_to_float"] = "image_to_float"
    low: float = 0.0
    high: float = 255.0


@named
class Argmax(Table):
    """The index of the largest value along one dimension, which goes away: a class, or a class map."""

    op: Literal["argmax"] = "argmax"
    dim: Index = 1


@named
class LibraryPart(Table):
    """A module of a library's model that archc does not see into: built by the library, traced for export.

    `path` is its place in the library's model; "" is all of it up to its classifier. A size of the value is
    `(dimension, divisor, added)`: (that size of the input + added) // divisor, or `added` where dimension
    is -1. `state` is what it saves: name, shape, whether it is learned; `work` the multiply-adds of one
    number of its value. With other than 3 `in_channels` its first kernel is for as many.
    """

    op: Literal["library_part"] = "library_part"
    ref: str
    path: str
    out: tuple[tuple[Index, Positive, Natural], ...]
    work: Natural = 0
    in_channels: Positive = 3
    state: tuple[tuple[str, tuple[Natural, ...], bool], ...] = ()


@named
class PackedAttention(Table):
    """Self-attention of several heads over `(N, L, 3C)`, queries, keys and values, to `(N, L, C)`."""

    op: Literal["packed_attention"] = "packed_attention"
    num_heads: Positive


Internal = (
    Argmax
    | ExpandBatch
    | ImageToFloat
    | LibraryPart
    | Mean
    | Narrow
    | Normalize
    | PackedAttention
    | Parameter
    | Select
)
