"""Bounds that hold before any tensor exists."""

from __future__ import annotations

from collections.abc import Iterator

from archc.plan.fault import diagnostic
from archc.plan.parameters import named_parameters
from archc.plan.plan import Plan
from archc.source.diagnostic import Diagnostic

MOST_PARAMETERS = 4_000_000_000
MOST_ACTIVATION = 16_000_000_000
"""Values in the largest map for one image."""
MOST_NODES = 20_000


def budget_faults(plan: Plan) -> Iterator[Diagnostic]:
    """What makes a plan too large to build."""
    total = sum(t.size for t in named_parameters(plan))
    if total > MOST_PARAMETERS:
        largest = max(named_parameters(plan), key=lambda t: t.size)
        yield diagnostic(
            "ARC350",
            f"the model has {total:,} parameters, the most is {MOST_PARAMETERS:,}",
            largest.node.origin,
            label=f"`{largest.name}` alone has {largest.size:,}",
            help="make the widest layer narrower",
        )
    for node in plan.nodes:
        count = 1
        for dim in node.out.shape[1:]:
            count *= dim if isinstance(dim, int) else 1
        if count > MOST_ACTIVATION:
            yield diagnostic(
                "ARC351",
                f"`{node.name}` makes {count:,} values of one image, the most is {MOST_ACTIVATION:,}",
                node.origin,
                help="use a smaller input or fewer channels",
            )
            return
