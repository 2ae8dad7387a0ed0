"""Traits of ops that other code needs beside shapes: stated once for each op, on its family.

A new op states its traits where it is declared; no other module keeps a list of ops.
"""

from __future__ import annotations

from typing import Literal

from archc.spec.frozen import Frozen, frozen

Norm = Literal["batch", "example"]
Idle = Literal["never", "same", "alone", "always"]


@frozen
class Traits(Frozen):
    """The traits of an op, whatever its inputs are.

    Attributes:
        norm: it normalizes: over the batch, or over each example by itself.
        grid: the size of the output does not depend on that of the input.
        joins: it makes one value of several that stand side by side.
        reshapes: the values stay, or are resampled; only their places change.
        flattens: the order of dimensions is lost: a map with its channels last is none afterwards.
        idle: when it may be left out at inference: "same" where the output has the input's type, "alone"
            where it has one input only.
        unsteady: CUDA has no deterministic backward pass for it.
    """

    norm: Norm | None = None
    grid: bool = False
    joins: bool = False
    reshapes: bool = False
    flattens: bool = False
    idle: Idle = "never"
    unsteady: bool = False


PLAIN = Traits()
