"""Layers that move numbers without changing them."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Doc, Index, Positive
from archc.spec.layers.layer import LayerFields, layer


@layer
class Flatten(LayerFields):
    """Dimensions start_dim to end_dim become one."""

    op: Literal["flatten"] = "flatten"
    start_dim: Index = 1
    end_dim: Index = -1


@layer
class Permute(LayerFields):
    """The dimensions in another order, the batch counted."""

    op: Literal["permute"] = "permute"
    dims: tuple[Index, ...]


@layer
class Reshape(LayerFields):
    """The numbers of each example in another shape, in the same order; the batch stays."""

    op: Literal["reshape"] = "reshape"
    shape: Annotated[
        tuple[Index, ...], Doc("The sizes behind the batch; one may be -1, which is then what is left over.")
    ]


@layer
class Unflatten(LayerFields):
    """One dimension becomes several."""

    op: Literal["unflatten"] = "unflatten"
    dim: Index
    unflattened_size: Annotated[tuple[Index, ...], Doc("The new sizes; one may be -1.")]


@layer
class Squeeze(LayerFields):
    """A dimension of size 1 goes away."""

    op: Literal["squeeze"] = "squeeze"
    dim: Index


@layer
class Unsqueeze(LayerFields):
    """A dimension of size 1 is put in at a place."""

    op: Literal["unsqueeze"] = "unsqueeze"
    dim: Index


@layer
class ChannelShuffle(LayerFields):
    """Channels dealt out over groups, as ShuffleNet has it."""

    op: Literal["channel_shuffle"] = "channel_shuffle"
    groups: Positive


@layer
class Identity(LayerFields):
    """The input, unchanged."""

    op: Literal["identity"] = "identity"


Moving = ChannelShuffle | Flatten | Identity | Permute | Reshape | Squeeze | Unflatten | Unsqueeze
