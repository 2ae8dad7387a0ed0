"""The op of another package, which writes its own nodes."""

from __future__ import annotations

from archc.export.faults import ExportFault
from archc.export.onnx.builder import Builder
from archc.ops.extensions import made
from archc.ops.node import Node
from archc.spec import layers as ops


def extension(build: Builder, op: ops.ExtensionOp, node: Node, inputs: list[str]) -> str:
    """Write what the op's own package writes."""
    made_op = made(op)
    if not hasattr(made_op, "to_onnx"):
        raise ExportFault(
            f"`{node.name}` is the op `{op.name}`, whose package has no ONNX form of it",
            "ask its author for one",
            node.origin,
        )
    return made_op.to_onnx(build, node.module, inputs)
