"""What other code has to know of an op beside its shapes: stated once for each op, on its family.

A new op says all of it where it is declared; nobody keeps a list of ops of their own.
"""

from __future__ import annotations

from typing import Literal

from archc.spec.frozen import Frozen, frozen

Norm = Literal["batch", "example"]
Idle = Literal["never", "same", "alone", "always"]


@frozen
class Traits(Frozen):
    """What holds of an op whatever it reads.

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
