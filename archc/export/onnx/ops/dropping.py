"""Layers that drop values while training: nothing at inference."""

from __future__ import annotations

from typing import assert_never

from archc.export.onnx.builder import Builder
from archc.ops.node import Node
from archc.ops.tensors import Shape
from archc.spec import layers as ops
from archc.spec.layers.dropping import Dropping


def write(build: Builder, node: Node, op: Dropping, inputs: list[str], given: list[Shape]) -> str:
    """Write the ONNX nodes of `op` and return the name of the value.

    `given` are the shapes of the inputs.

    Raises:
        ExportFault: the op has no exact form at this opset or with these open sizes.
    """
    x = inputs[0]
    match op:
        case (
            ops.Dropout()
            | ops.Dropout1d()
            | ops.Dropout2d()
            | ops.Dropout3d()
            | ops.AlphaDropout()
            | ops.StochasticDepth()
        ):
            return x  # passes drop them; what nobody dropped is still the value it reads
        case _:
            assert_never(op)
