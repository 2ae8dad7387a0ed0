"""The plan's types at other sizes: concrete, or open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archc.ops.dims import Dim
from archc.ops.facts import infer
from archc.ops.faults import ShapeFault
from archc.ops.node import Node
from archc.plan.inputs import Size, resized
from archc.plan.plan import Plan

Sizes = Mapping[str, Size]
"""Height and width by the input's name."""


class Misfit(Exception):
    """A node that does not fit other sizes."""

    def __init__(self, node: Node, fault: ShapeFault) -> None:
        super().__init__(f"`{node.name}` ({node.op.op}): {fault.message}")
        self.node, self.fault = node, fault


def retyped(plan: Plan, batch: Dim, sizes: Sizes) -> Plan:
    """Return the same plan with every type inferred afresh from a batch and each image's height and width.

    Raises:
        Misfit: a node does not fit those sizes.
    """
    inputs = tuple(resized(i, batch, sizes.get(i.name)) for i in plan.inputs)
    types = {i.name: i.type for i in inputs}
    nodes = []
    for node in plan.nodes:
        try:
            op, out = infer(node.op, tuple(types[name] for name in node.inputs))
        except ShapeFault as fault:
            raise Misfit(node, fault) from fault
        types[node.name] = out
        nodes.append(node if (op, out) == (node.op, node.out) else replace(node, op=op, out=out))
    return replace(plan, inputs=inputs, nodes=tuple(nodes))
