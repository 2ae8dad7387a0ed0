"""Small surgery on a plan: who reads what, and reading something else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from archc.ops.node import Node
from archc.plan.plan import Plan


def rewired(plan: Plan, names: Mapping[str, str]) -> Plan:
    """Return the plan in which readers of a key of `names` read its value instead; chains are followed."""
    final = {old: _followed(old, names) for old in names}
    nodes = tuple(_reading(n, final) if any(i in final for i in n.inputs) else n for n in plan.nodes)
    outputs = tuple(one.changed(value=final.get(one.value, one.value)) for one in plan.outputs)
    return replace(plan, nodes=nodes, outputs=outputs)


def without(plan: Plan, stand_ins: Mapping[str, str]) -> Plan:
    """Return the plan without the keys of `stand_ins`; their readers read the values named there."""
    kept = rewired(plan, stand_ins)
    return replace(kept, nodes=tuple(n for n in kept.nodes if n.name not in stand_ins))


def readers(plan: Plan) -> Mapping[str, list[Node]]:
    """Return the nodes that read each value, once for every time they read it."""
    found: dict[str, list[Node]] = defaultdict(list)
    for node in plan.nodes:
        for name in node.inputs:
            found[name].append(node)
    return found


def only_reader(name: str, found: Mapping[str, list[Node]], outputs: Collection[str]) -> Node | None:
    """Return the one node that reads a value; None where there are several or the value leaves the model."""
    reading = found.get(name, [])
    return reading[0] if len(reading) == 1 and name not in outputs else None


def _reading(node: Node, names: Mapping[str, str]) -> Node:
    return replace(node, inputs=tuple(names.get(i, i) for i in node.inputs))


def _followed(name: str, names: Mapping[str, str]) -> str:
    while name in names:
        name = names[name]
    return name
