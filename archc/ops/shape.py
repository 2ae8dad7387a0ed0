"""Layers that move values without changing them."""

from __future__ import annotations

from typing import assert_never

from archc.ops.call import Argument, Call, Function, Layer, each, first
from archc.ops.demands import divides, ranked
from archc.ops.shape_ops import flattened, permuted, reshaped, squeezed, unflattened, unsqueezed
from archc.ops.tensors import TensorType
from archc.ops.traits import Traits
from archc.spec import layers as ops
from archc.spec.layers import Op
from archc.spec.layers.shape import Moving


def infer(op: Moving, given: TensorType) -> tuple[Op, TensorType]:
    """Return the op and the type of its output. `ShapeFault` where it does not fit."""
    match op:
        case ops.Identity():
            return op, given
        case ops.Flatten():
            return op, TensorType(flattened(op, given.shape))
        case ops.Permute():
            return op, TensorType(permuted(op, given.shape))
        case ops.Reshape():
            return op, TensorType(reshaped(op, given.shape), given.dtype)
        case ops.Unflatten():
            return op, TensorType(unflattened(op, given.shape), given.dtype)
        case ops.Squeeze():
            return op, TensorType(squeezed(op, given.shape), given.dtype)
        case ops.Unsqueeze():
            return op, TensorType(unsqueezed(op, given.shape), given.dtype)
        case ops.ChannelShuffle():
            divides(op.op, "groups", op.groups, ranked(op.op, given, 4)[1])
            return op, given
        case _:
            assert_never(op)


def call(op: Moving) -> Call:
    """Return torch's function for the op, and the module that does the same in a Sequential."""
    match op:
        case ops.Identity():
            return Function("identity", layer=Layer("nn.Identity"))
        case ops.Flatten():
            return _flatten(op)
        case ops.Permute():
            return Function("permute", (first("dims", op.dims),), Layer("Permute", each("dim", op.dims)))
        case ops.Reshape():
            return Function("reshape", (first("shape", op.shape),), Layer("Reshape", each("size", op.shape)))
        case ops.Unflatten():
            parts = (first("dim", op.dim), first("sizes", op.unflattened_size))
            return Function("unflatten", parts, Layer("nn.Unflatten", parts))
        case ops.Squeeze():
            return _along("squeeze", "Squeeze", first("dim", op.dim))
        case ops.Unsqueeze():
            return _along("unsqueeze", "Unsqueeze", first("dim", op.dim))
        case ops.ChannelShuffle():
            return _along("channel_shuffle", "ChannelShuffle", first("groups", op.groups))
        case _:
            assert_never(op)


def _flatten(op: ops.Flatten) -> Function:
    start, end = first("start_dim", op.start_dim), first("end_dim", op.end_dim)
    shown = (start,) if op.end_dim == -1 else (start, end)
    return Function("flatten", shown, Layer("nn.Flatten", () if shown == (first("start_dim", 1),) else shown))


def _along(function: str, layer: str, argument: Argument) -> Function:
    return Function(function, (argument,), Layer(layer, (argument,)))


def traits(op: Moving) -> Traits:
    """Return what holds of the op whatever it reads."""
    match op:
        case ops.Identity():
            return Traits(reshapes=True, idle="always")
        case ops.Unsqueeze():
            return Traits(reshapes=True)
        case ops.Flatten() | ops.Reshape():
            return Traits(reshapes=True, flattens=True, idle="same")
        case ops.Squeeze():
            return Traits(reshapes=True, flattens=True)
        case ops.Unflatten():
            return Traits(idle="same")
        case ops.Permute():
            rank = len(op.dims)
            return Traits(idle="always" if [d % rank for d in op.dims] == list(range(rank)) else "never")
        case ops.ChannelShuffle():
            return Traits()
        case _:
            assert_never(op)
