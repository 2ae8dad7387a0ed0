"""Convolutions."""

from __future__ import annotations

from typing import assert_never

from archc.export.onnx.builder import Attribute, Builder
from archc.ops.convolution import Conv, ConvTranspose
from archc.ops.geometry import axes_of, spread
from archc.ops.node import Node
from archc.ops.tensors import Shape
from archc.spec import layers as ops
from archc.spec.layers.convolution import Convolution


def write(build: Builder, node: Node, op: Convolution, inputs: list[str], given: list[Shape]) -> str:
    """Write the ONNX nodes of `op` and return the name of the value.

    `given` are the shapes of the inputs.

    Raises:
        ExportFault: the op has no exact form at this opset or with these open sizes.
    """
    x = inputs[0]
    match op:
        case (
            ops.Conv1d()
            | ops.Conv2d()
            | ops.Conv3d()
            | ops.ConvTranspose1d()
            | ops.ConvTranspose2d()
            | ops.ConvTranspose3d()
        ):
            return convolution(build, op, node.module, x)
        case _:
            assert_never(op)


def convolution(build: Builder, op: Conv | ConvTranspose, module: str, x: str) -> str:
    """Write a Conv or ConvTranspose, of any number of axes."""
    axes = axes_of(op)
    padding = spread(op.padding or 0, axes)
    fields: dict[str, Attribute] = {
        "kernel_shape": spread(op.kernel_size, axes),
        "strides": spread(op.stride, axes),
        "pads": (*padding, *padding),
        "dilations": spread(op.dilation, axes),
        "group": op.groups,
    }
    inputs = [x, build.weight(f"{module}.weight")]
    if op.bias:
        inputs.append(build.weight(f"{module}.bias"))
    if isinstance(op, Conv):
        return build.one("Conv", *inputs, **fields)
    if any(spread(op.output_padding, axes)):
        fields["output_padding"] = spread(op.output_padding, axes)
    return build.one("ConvTranspose", *inputs, **fields)
