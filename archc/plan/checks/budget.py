"""Bounds that hold before any tensor exists."""

from __future__ import annotations

import math
from collections.abc import Iterator

from archc.ops.attention import weights_of_places
from archc.ops.node import Node, SpecPath
from archc.plan.lower.fault import diagnostic
from archc.plan.parameters import named_parameters, parameter_count
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.spec.layers.attention import Attention

_RAISE = "where it is meant, raise the bound with --max-activation"
_NARROWER = "use a smaller input or fewer channels"
_REMEDIES = dict.fromkeys(
    ("self_attention2d", "multihead_attention"),
    "every place is weighed against every other: put attention where the map is smaller",
)


def budget_faults(plan: Plan, size_at: SpecPath) -> Iterator[Diagnostic]:
    """Yield the faults of a plan too large to build; `size_at` is where the spec gives the input's size."""
    total = parameter_count(plan)
    if total > plan.bounds.parameters:
        largest = max(named_parameters(plan), key=lambda t: t.size)
        yield diagnostic(
            "ARC350",
            f"the model has {total:,} parameters, the most is {plan.bounds.parameters:,}",
            largest.node.origin,
            label=f"`{largest.name}` alone has {largest.size:,}",
            help="make the widest layer narrower, or raise the bound with --max-parameters",
        )
    before = None
    for node in plan.nodes:
        if node.out is before and not isinstance(node.op, Attention):
            continue  # as many as the node before it
        before, count = node.out, _values(node)
        if count > plan.bounds.activation:
            inside = node.origin[:2] == ("model", "body") or node.origin[3:] == ("body",)
            yield diagnostic(
                "ARC351",
                f"`{node.name}` makes {count:,} values of one image, the most is {plan.bounds.activation:,}",
                size_at if inside else node.origin,
                help=(_REMEDIES.get(node.op.op, "use a smaller input" if inside else _NARROWER), _RAISE),
            )
            return


def _values(node: Node) -> int:
    """Return the number of values that a node computes of one image, attention's weights among them."""
    if not isinstance(node.op, Attention) and isinstance(count := math.prod(node.out.shape[1:]), int):
        return count
    sizes = [dim for dim in node.out.shape[1:] if isinstance(dim, int)]
    weights = weights_of_places(node.op, sizes) if isinstance(node.op, Attention) else 0
    return max(math.prod(sizes), weights)
