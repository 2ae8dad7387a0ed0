"""Ops over several inputs."""

from __future__ import annotations

from typing import assert_never

from archc.export.onnx.builder import Builder
from archc.export.onnx.forms import reduced
from archc.export.onnx.ops.upsampling import resize_like
from archc.ops.node import Node
from archc.ops.tensors import Shape
from archc.spec import layers as ops
from archc.spec.layers.joining import Joining


def write(build: Builder, node: Node, op: Joining, inputs: list[str], given: list[Shape]) -> str:
    """Write the ONNX nodes of `op` and return the name of the value.

    `given` are the shapes of the inputs.

    Raises:
        ExportFault: the op has no exact form at this opset or with these open sizes.
    """
    match op:
        case ops.Concat():
            return build.one("Concat", *inputs, axis=op.dim)
        case ops.Add():
            return build.chain("Add", inputs)
        case ops.Multiply():
            return build.chain("Mul", inputs)
        case ops.AbsDifference():
            return build.one("Abs", build.one("Sub", *inputs))
        case ops.SquaredDifference():
            difference = build.one("Sub", *inputs)
            return build.one("Mul", difference, difference)
        case ops.CosineSimilarity():
            return cosine_similarity(build, op.dim, *inputs)
        case ops.ResizeLike():
            return resize_like(build, op.mode, inputs, given[0], node.out.shape)
        case _:
            assert_never(op)


def cosine_similarity(build: Builder, dim: int, a: str, b: str) -> str:
    """Write the dot product over the product of the lengths, each at least 1e-8 as torch has it."""
    least = build.scalar(1e-8)
    dot = build.one("ReduceSum", build.one("Mul", a, b), build.ints(dim), keepdims=1)
    lengths = [build.one("Max", reduced(build, "ReduceL2", v, [dim]), least) for v in (a, b)]
    return build.one("Div", dot, build.one("Mul", *lengths))
