"""Layers that drop numbers while training, and do nothing afterwards."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Doc, Probability, Table
from archc.spec.frozen import named

__all__ = [
    "AlphaDropout",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "StochasticDepth",
]


@named
class Dropout(Table):
    """Zeroes values with probability p while training."""

    op: Literal["dropout"] = "dropout"
    p: Annotated[Probability, Doc("Kept in the model when 0, so that checkpoints keep their keys.")] = 0.5


@named
class Dropout1d(Table):
    """Zeroes whole channels of `(N, C, L)` with probability p while training."""

    op: Literal["dropout1d"] = "dropout1d"
    p: Probability = 0.5


@named
class Dropout2d(Table):
    """Zeroes whole channels of `(N, C, H, W)` with probability p while training."""

    op: Literal["dropout2d"] = "dropout2d"
    p: Probability = 0.5


@named
class Dropout3d(Table):
    """Zeroes whole channels of `(N, C, D, H, W)` with probability p while training."""

    op: Literal["dropout3d"] = "dropout3d"
    p: Probability = 0.5


@named
class AlphaDropout(Table):
    """Dropout that keeps mean and variance behind `selu`."""

    op: Literal["alpha_dropout"] = "alpha_dropout"
    p: Probability = 0.5


@named
class StochasticDepth(Table):
    """Drops a whole residual branch with probability p while training."""

    op: Literal["stochastic_depth"] = "stochastic_depth"
    p: Probability
    mode: Literal["row", "batch"] = "row"


Dropping = AlphaDropout | Dropout | Dropout1d | Dropout2d | Dropout3d | StochasticDepth
