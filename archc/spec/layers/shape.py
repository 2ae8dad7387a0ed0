"""Layers that move numbers without changing them, and dropout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from archc.spec.fields import Doc, Index, Positive, Probability
from archc.spec.layers.layer import LayerFields


@dataclass(frozen=True, kw_only=True, slots=True)
class Flatten(LayerFields):
    """Dimensions start_dim to end_dim become one."""

    op: Literal["flatten"] = "flatten"
    start_dim: Index = 1
    end_dim: Index = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class Permute(LayerFields):
    """The dimensions in another order, the batch counted."""

    op: Literal["permute"] = "permute"
    dims: tuple[Index, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelShuffle(LayerFields):
    """Channels dealt out over groups, as ShuffleNet has it."""

    op: Literal["channel_shuffle"] = "channel_shuffle"
    groups: Positive


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity(LayerFields):
    """The input, unchanged."""

    op: Literal["identity"] = "identity"


@dataclass(frozen=True, kw_only=True, slots=True)
class Dropout(LayerFields):
    """Zeroes values with probability p while training."""

    op: Literal["dropout"] = "dropout"
    p: Annotated[Probability, Doc("Kept in the model when 0, so that checkpoints keep their keys.")] = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class StochasticDepth(LayerFields):
    """Drops a whole residual branch with probability p while training."""

    op: Literal["stochastic_depth"] = "stochastic_depth"
    p: Probability
    mode: Literal["row", "batch"] = "row"
