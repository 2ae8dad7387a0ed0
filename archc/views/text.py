"""A plan as text: one node a line, for people (`--emit plan`), for golden files and for run folders."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from archc.ops.node import Node
from archc.ops.tensors import TensorType
from archc.plan.inputs import settings
from archc.plan.plan import Plan
from archc.spec.layers import Op
from archc.spec.model import WeightsFile


def plan_text(plan: Plan) -> str:
    """Return the plan, one line for each input, node and output: `name = op(arguments) <- inputs : type`."""
    lines = [f"plan {plan.name}"]
    lines += [f"input {i.name} : {i.type} {i.type.dtype}" for i in plan.inputs]
    lines += [_line(node) for node in plan.nodes]
    lines += [f"output {one.name} = {one.value}" for one in plan.outputs]
    return "\n".join(lines) + "\n"


def plan_json(plan: Plan) -> str:
    """Return the same as JSON, one node a line."""
    head = {
        "archc_plan": 1,
        "name": plan.name,
        "inputs": [
            {"name": given.name, "type": _type(given.type), **settings(given)} for given in plan.inputs
        ],
        "outputs": {output.name: output.value for output in plan.outputs},
        "bodies": [
            {
                f.name: _value(getattr(b, f.name))
                for f in fields(b)
                if f.name not in ("record", "origin", "file")
            }
            | ({"file": _value(b.file)} if b.file else {})
            for b in plan.bodies
        ],
        **({"start": _value(plan.start)} if plan.start else {}),
    }
    nodes = ",\n".join("  " + json.dumps(_node(node)) for node in plan.nodes)
    return json.dumps(head, indent=1)[:-2] + f',\n "nodes": [\n{nodes}\n ]\n}}\n'


def _value(value: Any) -> Any:
    """Return plain data for a value of a body's, a table of weights without what it leaves out."""
    if not isinstance(value, WeightsFile):
        return value
    held = {f.name: (getattr(value, f.name), f.default) for f in fields(value)}
    return {
        name: list(v) if isinstance(v, tuple) else v for name, (v, default) in held.items() if v != default
    }


def arguments(op: Op) -> dict[str, Any]:
    """Return the op's arguments that are not their defaults."""
    written = {}
    for field in fields(op):
        value = getattr(op, field.name)
        if field.name not in ("op", "state") and value != field.default:
            written[field.name] = list(value) if isinstance(value, tuple) else value
    return written


def _line(node: Node) -> str:
    args = ", ".join(f"{k}={json.dumps(v)}" for k, v in arguments(node.op).items())
    reads = f" <- {', '.join(node.inputs)}" if node.inputs else ""
    shared = "" if node.module == node.name.split("@")[0] else f" [{node.module}]"
    return f"{node.name} = {node.op.op}({args}){reads} : {node.out}{shared}"


def _node(node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "op": node.op.op,
        **({"arguments": arguments(node.op)} if arguments(node.op) else {}),
        "inputs": list(node.inputs),
        "module": node.module,
        "type": _type(node.out),
    }


def _type(type: TensorType) -> dict[str, Any]:
    return {"shape": [d if isinstance(d, int) else str(d) for d in type.shape], "dtype": type.dtype}
