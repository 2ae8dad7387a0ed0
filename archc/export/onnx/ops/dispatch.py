"""Each op of a plan as ONNX nodes: the file of its family writes it."""

from __future__ import annotations

from typing import assert_never

from archc.export.onnx.builder import Builder
from archc.export.onnx.ops import (
    activation,
    attention,
    convolution,
    dropping,
    extension,
    internal,
    joining,
    linear,
    normalization,
    pooling,
    shape,
    upsampling,
)
from archc.ops.node import Node
from archc.spec.layers import ExtensionOp
from archc.spec.layers.activation import Activation
from archc.spec.layers.attention import Attention
from archc.spec.layers.convolution import Convolution
from archc.spec.layers.dropping import Dropping
from archc.spec.layers.internal import Internal
from archc.spec.layers.joining import Joining
from archc.spec.layers.linear import FullyConnected
from archc.spec.layers.normalization import Normalization
from archc.spec.layers.pooling import Pooling
from archc.spec.layers.shape import Moving
from archc.spec.layers.upsampling import Upsampling


def write_node(build: Builder, node: Node) -> str:
    """Write the ONNX nodes of `node` and return the name of the value that it makes.

    Raises:
        ExportFault: the op has no exact form at this opset or with these open sizes.
    """
    op = node.op
    inputs = [build.values[name] for name in node.inputs]
    given = [build.types[name].shape for name in node.inputs]
    if isinstance(op, Convolution):
        return convolution.write(build, node, op, inputs, given)
    if isinstance(op, Normalization):
        return normalization.write(build, node, op, inputs, given)
    if isinstance(op, Activation):
        return activation.write(build, node, op, inputs, given)
    if isinstance(op, Joining):
        return joining.write(build, node, op, inputs, given)
    if isinstance(op, Moving):
        return shape.write(build, node, op, inputs, given)
    if isinstance(op, Pooling):
        return pooling.write(build, node, op, inputs, given)
    if isinstance(op, Dropping):
        return dropping.write(build, node, op, inputs, given)
    if isinstance(op, FullyConnected):
        return linear.write(build, node, op, inputs, given)
    if isinstance(op, Upsampling):
        return upsampling.write(build, node, op, inputs, given)
    if isinstance(op, Attention):
        return attention.write(build, node, op, inputs, given)
    if isinstance(op, Internal):
        return internal.write(build, node, op, inputs, given)
    if isinstance(op, ExtensionOp):
        return extension.extension(build, op, node, inputs)
    assert_never(op)
