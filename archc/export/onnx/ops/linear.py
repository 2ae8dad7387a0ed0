"""Fully connected layers, and tables of vectors."""

from __future__ import annotations

from typing import assert_never

from archc.export.onnx.builder import Builder
from archc.ops.node import Node
from archc.ops.tensors import Shape
from archc.spec import layers as ops
from archc.spec.layers.linear import FullyConnected


def write(build: Builder, node: Node, op: FullyConnected, inputs: list[str], given: list[Shape]) -> str:
    """Write the ONNX nodes of `op` and return the name of the value.

    `given` are the shapes of the inputs.

    Raises:
        ExportFault: the op has no exact form at this opset or with these open sizes.
    """
    x = inputs[0]
    match op:
        case ops.Linear():
            return linear(build, op, node.module, x, len(given[0]))
        case ops.Embedding():
            return build.one("Gather", build.weight(f"{node.module}.weight"), x)
        case _:
            assert_never(op)


def linear(build: Builder, op: ops.Linear, module: str, x: str, rank: int) -> str:
    """Write a Gemm for `(N, C)`; a MatMul and an Add where there are dimensions between."""
    if rank == 2:
        inputs = [x, build.weight(f"{module}.weight")]
        if op.bias:
            inputs.append(build.weight(f"{module}.bias"))
        return build.one("Gemm", *inputs, transB=1)
    turned = build.weight(f"{module}.weight_transposed", build.weights[f"{module}.weight"].T)
    product = build.one("MatMul", x, turned)
    return build.one("Add", product, build.weight(f"{module}.bias")) if op.bias else product
