"""Layers that hold layers, and with them all that a list of layers may hold."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Doc, Interval, MinLen, Table, Tagged
from archc.spec.frozen import named
from archc.spec.layers.closed_sets import Chained, Composite

__all__ = [
    "Layer",
    "Nesting",
    "Repeat",
    "Residual",
]


@named
class Residual(Table):
    """The sum of what some layers make of the input and the input itself, or what a shortcut makes of it."""

    op: Literal["residual"] = "residual"
    layers: tuple[Layer, ...]
    shortcut: Annotated[
        tuple[Layer, ...] | None,
        Doc(
            "Layers on the other way. Left out: none where the shapes agree, else a 1x1 convolution with the "
            "stride that fits and a batch norm, or a linear layer where there is no map."
        ),
    ] = None


@named
class Repeat(Table):
    """Layers one after the other, several times, each time with weights of its own."""

    op: Literal["repeat"] = "repeat"
    times: Annotated[int, Interval(ge=1, le=1000)]
    layers: Annotated[tuple[Layer, ...], MinLen(1)]


Nesting = Residual | Repeat
Layer = Annotated[Chained | Composite | Nesting, Tagged("op")]
"""The entries of a list of layers in a spec."""
