"""Layers that move numbers without changing them."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Doc, Index, Positive, Table
from archc.spec.frozen import named

__all__ = [
    "ChannelShuffle",
    "Flatten",
    "Identity",
    "Permute",
    "Reshape",
    "Squeeze",
    "Unflatten",
    "Unsqueeze",
]


@named
class Flatten(Table):
    """Dimensions start_dim to end_dim become one."""

    op: Literal["flatten"] = "flatten"
    start_dim: Index = 1
    end_dim: Index = -1


@named
class Permute(Table):
    """The dimensions in another order, the batch counted."""

    op: Literal["permute"] = "permute"
    dims: tuple[Index, ...]


@named
class Reshape(Table):
    """The numbers of each example in another shape, in the same order; the batch stays."""

    op: Literal["reshape"] = "reshape"
    shape: Annotated[
        tuple[Index, ...], Doc("The sizes behind the batch; one may be -1, which is then what is left over.")
    ]


@named
class Unflatten(Table):
    """One dimension becomes several."""

    op: Literal["unflatten"] = "unflatten"
    dim: Index
    unflattened_size: Annotated[tuple[Index, ...], Doc("The new sizes; one may be -1.")]


@named
class Squeeze(Table):
    """A dimension of size 1 goes away."""

    op: Literal["squeeze"] = "squeeze"
    dim: Index


@named
class Unsqueeze(Table):
    """A dimension of size 1 is put in at a place."""

    op: Literal["unsqueeze"] = "unsqueeze"
    dim: Index


@named
class ChannelShuffle(Table):
    """Channels dealt out over groups, as ShuffleNet has it."""

    op: Literal["channel_shuffle"] = "channel_shuffle"
    groups: Positive


@named
class Identity(Table):
    """The input, unchanged."""

    op: Literal["identity"] = "identity"


Moving = ChannelShuffle | Flatten | Identity | Permute | Reshape | Squeeze | Unflatten | Unsqueeze
