"""The op that stands for those of other packages: they say in a dataclass what the other files here say."""

from __future__ import annotations

from archc.ops.call import Call, Foreign
from archc.ops.dims import Dim
from archc.ops.extensions import infer, made
from archc.ops.initializers import Init
from archc.ops.tensors import Named, TensorType
from archc.spec.layers import ExtensionOp

__all__ = ["buffers", "call", "infer", "multiply_adds", "parameters", "start"]


def parameters(op: ExtensionOp) -> Named:
    """Return the op's parameters, in its module's order."""
    return made(op).parameters()


def buffers(op: ExtensionOp) -> Named:
    """Return the op's buffers that are saved."""
    return made(op).buffers()


def multiply_adds(op: ExtensionOp, inputs: tuple[TensorType, ...], out: TensorType) -> Dim:
    """Return the multiplications each followed by an addition, for a batch of one."""
    return made(op).multiply_adds(inputs, out)


def start(op: ExtensionOp, name: str) -> Init:
    """Return how a parameter starts."""
    return made(op).start(name)


def call(op: ExtensionOp) -> Call:
    """Return why archc cannot print the op: the package builds its own module."""
    return Foreign(
        f"`{op.name}` comes from an installed extension, whose source archc does not copy",
        "build the model with archc, or write the layer's parts in the spec",
    )
