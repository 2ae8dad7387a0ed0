"""The facts of any op: each asked of the file of its family.

Every family has a file here of the name that it has in `archc/spec/layers`, with one function a fact:
`infer`, `parameters`, `buffers`, `multiply_adds`, `start`, `call`, `traits`. Where a fact holds of a whole
family, it is stated here.
"""

from __future__ import annotations

from math import prod
from typing import assert_never

from archc.ops import (
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
from archc.ops.call import Call
from archc.ops.dims import Dim
from archc.ops.initializers import Init
from archc.ops.tensors import Named, TensorType
from archc.ops.traits import PLAIN, Traits
from archc.spec.kept import kept
from archc.spec.layers import ExtensionOp, Op
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

_DROPPED = Traits(idle="always")


def infer(op: Op, inputs: tuple[TensorType, ...]) -> tuple[Op, TensorType]:
    """Return the op resolved against its inputs, and the type of its output.

    Raises:
        ShapeFault: the op does not fit: wrong rank, contradicting channels, a kernel larger than the map.
    """
    if isinstance(op, Convolution):
        return convolution.infer(op, inputs[0])
    if isinstance(op, Normalization):
        return normalization.infer(op, inputs[0])
    if isinstance(op, Activation):
        return activation.infer(op, inputs[0])
    if isinstance(op, Joining):
        return joining.infer(op, inputs)
    if isinstance(op, Moving):
        return shape.infer(op, inputs[0])
    if isinstance(op, Pooling):
        return pooling.infer(op, inputs[0])
    if isinstance(op, Dropping):
        return dropping.infer(op, inputs[0])
    if isinstance(op, FullyConnected):
        return linear.infer(op, inputs[0])
    if isinstance(op, Upsampling):
        return upsampling.infer(op, inputs[0])
    if isinstance(op, Attention):
        return attention.infer(op, inputs[0])
    if isinstance(op, Internal):
        return internal.infer(op, inputs)
    if isinstance(op, ExtensionOp):
        return extension.infer(op, inputs)
    assert_never(op)


@kept
def parameters(op: Op) -> Named:
    """Return the parameters of a resolved op by the names torch gives them, in torch's order."""
    if isinstance(op, Convolution):
        return convolution.parameters(op)
    if isinstance(op, Normalization):
        return normalization.parameters(op)
    if isinstance(op, Activation):
        return activation.parameters(op)
    if isinstance(op, Joining | Moving | Pooling | Dropping | Upsampling):
        return ()
    if isinstance(op, FullyConnected):
        return linear.parameters(op)
    if isinstance(op, Attention):
        return attention.parameters(op)
    if isinstance(op, Internal):
        return internal.parameters(op)
    if isinstance(op, ExtensionOp):
        return extension.parameters(op)
    assert_never(op)


@kept
def learned(op: Op) -> int:
    """Return the number of values in the op's parameters."""
    return sum(prod(shape) for _, shape in parameters(op))


def buffers(op: Op) -> Named:
    """Return the buffers of a resolved op that a state dict holds, by the names torch gives them."""
    if isinstance(op, Normalization):
        return normalization.buffers(op)
    if isinstance(op, Convolution | Activation | Joining | Moving | Pooling):
        return ()
    if isinstance(op, Dropping | FullyConnected | Upsampling):
        return ()
    if isinstance(op, Attention):
        return attention.buffers(op)
    if isinstance(op, Internal):
        return internal.buffers(op)
    if isinstance(op, ExtensionOp):
        return extension.buffers(op)
    assert_never(op)


def multiply_adds(op: Op, inputs: tuple[TensorType, ...], out: TensorType) -> Dim:
    """Return the multiplications that are each followed by an addition, for a batch of one.

    Counted where they are the work: convolutions, linear layers and attention. Norms, activations, pooling
    and joins count 0, as in the papers' tables.
    """
    if isinstance(op, Convolution):
        return convolution.multiply_adds(op, inputs[0], out)
    if isinstance(op, Normalization | Activation | Joining | Moving | Pooling | Dropping | Upsampling):
        return 0
    if isinstance(op, FullyConnected):
        return linear.multiply_adds(op, out)
    if isinstance(op, Attention):
        return attention.multiply_adds(op, out)
    if isinstance(op, Internal):
        return internal.multiply_adds(op, out)
    if isinstance(op, ExtensionOp):
        return extension.multiply_adds(op, inputs, out)
    assert_never(op)


def start(op: Op, name: str) -> Init:
    """Return how torch's own layer starts the parameter `name` of a resolved op."""
    if isinstance(op, Convolution):
        return convolution.start(op, name)
    if isinstance(op, Normalization):
        return normalization.start(op, name)
    if isinstance(op, Activation):
        return activation.start(op)
    if isinstance(op, FullyConnected):
        return linear.start(op, name)
    if isinstance(op, Attention):
        return attention.start(op, name)
    if isinstance(op, Internal):
        return internal.start(op)
    if isinstance(op, ExtensionOp):
        return extension.start(op, name)
    if isinstance(op, Joining | Moving | Pooling | Dropping | Upsampling):
        raise TypeError(f"`{op.op}` has no parameters")
    assert_never(op)


def call(op: Op) -> Call:
    """Return how torch does the work of a resolved op: a layer to construct or a function to call."""
    if isinstance(op, Convolution):
        return convolution.call(op)
    if isinstance(op, Normalization):
        return normalization.call(op)
    if isinstance(op, Activation):
        return activation.call(op)
    if isinstance(op, Joining):
        return joining.call(op)
    if isinstance(op, Moving):
        return shape.call(op)
    if isinstance(op, Pooling):
        return pooling.call(op)
    if isinstance(op, Dropping):
        return dropping.call(op)
    if isinstance(op, FullyConnected):
        return linear.call(op)
    if isinstance(op, Upsampling):
        return upsampling.call(op)
    if isinstance(op, Attention):
        return attention.call(op)
    if isinstance(op, Internal):
        return internal.call(op)
    if isinstance(op, ExtensionOp):
        return extension.call(op)
    assert_never(op)


def traits(op: Op) -> Traits:
    """Return what holds of an op whatever it reads."""
    if isinstance(op, Normalization):
        return normalization.traits(op)
    if isinstance(op, Joining):
        return joining.traits(op)
    if isinstance(op, Moving):
        return shape.traits(op)
    if isinstance(op, Pooling):
        return pooling.traits(op)
    if isinstance(op, Upsampling):
        return upsampling.traits(op)
    if isinstance(op, Dropping):
        return _DROPPED
    if isinstance(op, Internal):
        return internal.traits(op)
    if isinstance(op, Convolution | FullyConnected | Activation | Attention | ExtensionOp):
        return PLAIN
    assert_never(op)
