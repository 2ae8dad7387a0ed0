"""Ops over several inputs."""

from __future__ import annotations

from typing import assert_never

from archc.ops.call import Call, Function, first
from archc.ops.demands import axis_of, ranked
from archc.ops.shape_ops import broadcast, concatenated
from archc.ops.tensors import TensorType
from archc.ops.traits import Traits
from archc.spec import layers as ops
from archc.spec.layers import Op
from archc.spec.layers.joining import Joining


def infer(op: Joining, inputs: tuple[TensorType, ...]) -> tuple[Op, TensorType]:
    """Return the op and the type of its output. `ShapeFault` where it does not fit."""
    match op:
        case ops.Add() | ops.Multiply() | ops.AbsDifference() | ops.SquaredDifference():
            return op, TensorType(broadcast(op.op, inputs))
        case ops.Concat():
            return op, TensorType(concatenated(op, inputs))
        case ops.ResizeLike():
            shape = ranked(op.op, inputs[0], 4)
            return op, TensorType((*shape[:2], *ranked(op.op, inputs[1], 4)[2:]))
        case ops.CosineSimilarity():
            shape = broadcast(op.op, inputs)
            axis = axis_of(op.op, op.dim, shape)
            return op, TensorType((*shape[:axis], 1, *shape[axis + 1 :]))
        case _:
            assert_never(op)


def call(op: Joining) -> Call:
    """Return torch's function for the op."""
    match op:
        case ops.Add():
            return Function("add")
        case ops.Multiply():
            return Function("multiply")
        case ops.AbsDifference():
            return Function("abs_difference")
        case ops.SquaredDifference():
            return Function("squared_difference")
        case ops.CosineSimilarity():
            return Function("cosine_similarity", (first("dim", op.dim),))
        case ops.Concat():
            return Function("concat", (first("dim", op.dim),))
        case ops.ResizeLike():
            return Function("resize_bilinear" if op.mode == "bilinear" else "resize_nearest")
        case _:
            assert_never(op)


def traits(op: Joining) -> Traits:
    """Return what holds of the op whatever it reads."""
    match op:
        case ops.ResizeLike():
            return Traits(reshapes=True, idle="same")
        case ops.Add() | ops.Multiply() | ops.Concat():
            return Traits(joins=True, idle="alone")
        case ops.AbsDifference() | ops.SquaredDifference() | ops.CosineSimilarity():
            return Traits(joins=True)
        case _:
            assert_never(op)
