"""How large a model may be: held before any tensor of it exists, and while it is being lowered."""

from __future__ import annotations

from archc.ops.tensors import Shape
from archc.spec.frozen import Frozen, frozen

__all__ = [
    "MOST_DIMENSIONS",
    "MOST_RELOWERED",
    "MOST_SEARCHED",
    "MOST_SIZE",
    "MOST_TRIALS",
    "USUAL",
    "Bounds",
    "endless",
]

MOST_SIZE = 2**63 - 1
"""Of one dimension: indices end there."""
MOST_DIMENSIONS = 64
"""Dimensions of one value: torch has no more."""
MOST_SEARCHED = 3
"""Faults of one kind that come with the name that was perhaps meant."""
MOST_TRIALS = 500_000
"""Pairs of a pattern and a parameter's name that are compared to form the groups."""
MOST_RELOWERED = 100_000
"""Nodes that are lowered anew, all sizes of all phases together."""


@frozen
class Bounds(Frozen):
    """Bounds that the command line may raise: nodes, parameters, values in the largest map of one image."""

    nodes: int = 20_000
    parameters: int = 4_000_000_000
    activation: int = 16_000_000_000


USUAL = Bounds()


def endless(shape: Shape) -> bool:
    """Return True where a value has more dimensions, or a larger one, than any library takes."""
    for dim in shape:  # for each node of each plan: a generator would take twice the time
        if isinstance(dim, int) and dim > MOST_SIZE:
            return True
    return len(shape) > MOST_DIMENSIONS
