"""A spec of any kind as the graph that it stands for: every layer of the plan a node of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from archc.ops.node import Node
from archc.plan.lower.spec_parts import bodies
from archc.plan.plan import BodyUse, Plan
from archc.spec.document import Spec
from archc.spec.inputs import Input
from archc.views.text import arguments
from archc.views.written_names import use_of, written_names

Data = dict[str, Any]


_AROUND = ("data", "loss", "losses", "metrics", "train", "export", "expect")
"""The keys of a spec around its model; names of outputs, groups and parameters are the same in both forms."""


def written_out(spec: Spec, plan: Plan) -> Data:
    """Return a spec of kind graph, as plain data, whose plan is `plan`.

    It has inputs, bodies as modules, and a node for each other layer with its arguments and its start; then
    what the spec says around its model.

    Node names are the plan's own, but for second uses of a module: what is `body.conv1@right` there is inside
    the node `body_at_right` here.
    """
    writer = _Writer(spec, plan)
    nodes = [written for node in plan.nodes for written in writer.nodes(node)]
    model: Data = {"kind": "graph", "outputs": {o.name: writer.name(o.value) for o in plan.outputs}}
    if spec.model.weights is not None:
        model["weights"] = _plain(spec.model.weights)
    if writer.modules:
        model["modules"] = writer.modules
    inputs = {given.name: _input(spec, given.name) for given in plan.inputs}
    which: Data = {"input": inputs["image"]} if list(inputs) == ["image"] else {"inputs": inputs}
    around = {key: _plain(getattr(spec, key)) for key in _AROUND if getattr(spec, key) is not None}
    whole: Data = {"archc": 1, "name": plan.name, **which, "model": {**model, "nodes": nodes}}
    return whole | {key: value for key, value in around.items() if value}


class _Writer:
    """A plan being written as a graph, and what has been written so far."""

    def __init__(self, spec: Spec, plan: Plan) -> None:
        self.plan = plan
        self.nodes_by_name = {node.name: node for node in plan.nodes}
        self.names = written_names(plan)
        written = {at[2] if at[1] == "modules" else "body": body for at, body in bodies(spec.model)}
        prefixes = [use.prefix for use in plan.bodies]
        self.modules: Data = {prefix: {"body": _written(written[prefix])} for prefix in prefixes}
        uses = Counter(node.module for node in plan.nodes if plan.body_of(node) is None)
        self.shared = {module for module, count in uses.items() if count > 1}
        self.entered: set[str] = set()

    def nodes(self, node: Node) -> list[Data]:
        """Return the node in the graph's words: none for the inside of a body that has been entered."""
        body = self.plan.body_of(node)
        if body is None:
            return [self._layer(node)]
        name = self.names.uses[use_of(node, body)]
        if name in self.entered:
            return []
        self.entered.add(name)
        return [{"name": name, "use": body.prefix, "from": self._images(node, body)}]

    def name(self, value: str) -> str:
        """Return what the graph calls a value of the plan."""
        node = self.nodes_by_name.get(value)
        return self.names.value(value, node, self.plan.body_of(node) if node is not None else None)

    def _layer(self, node: Node) -> Data:
        made: Data = {"op": {"op": node.op.op, **arguments(node.op)}}
        if node.init:
            made["init"] = {name: _written(init) for name, init in node.init}
        reads = [self.name(value) for value in node.inputs]
        read: Data = {"from": reads[0] if len(reads) == 1 else reads}
        if node.module not in self.shared:
            return {"name": self.name(node.name), **read, **made}
        self.modules.setdefault(node.module, made)
        return {"name": self.name(node.name), "use": node.module, **read}

    def _images(self, node: Node, body: BodyUse) -> str:
        """Return what a body reads: the one value that its nodes read from outside."""
        use = use_of(node, body)
        inside = {n.name for n in self.plan.nodes if body.holds(n) and use_of(n, body) == use}
        return next(
            self.name(value)
            for n in self.plan.nodes
            if n.name in inside
            for value in n.inputs
            if value not in inside
        )


def _input(spec: Spec, name: str) -> Data:
    given: Input | None = spec.input if spec.inputs is None else spec.inputs[name]
    assert given is not None
    written = _written(given)
    return written if given.kind != "image" else {k: v for k, v in written.items() if k != "kind"}


_TAGS = ("op", "kind", "by")
"""Keys that tell the members of a union apart: defaults of their classes, and always written."""


def _written(value: Any) -> Data:
    """Return the fields of a dataclass that are not their defaults, as plain data."""
    found = {}
    for each in fields(value):
        held = getattr(value, each.name)
        if held != each.default or each.name in _TAGS:
            found[each.name] = _plain(held)
    return found


def _plain(value: object) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return _written(value) if is_dataclass(value) and not isinstance(value, type) else value
