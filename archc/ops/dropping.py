"""Layers that drop values while training, and do nothing at inference."""

from __future__ import annotations

from typing import assert_never

from archc.ops.call import Call, Layer, default, first
from archc.ops.demands import floating, ranked
from archc.ops.tensors import TensorType
from archc.spec import layers as ops
from archc.spec.layers import Op
from archc.spec.layers.dropping import Dropping


def infer(op: Dropping, given: TensorType) -> tuple[Op, TensorType]:
    """Return the op and the type of its output. `ShapeFault` where it does not fit."""
    match op:
        case ops.Dropout() | ops.AlphaDropout() | ops.StochasticDepth():
            floating(op.op, given)
        case ops.Dropout1d():
            ranked(op.op, given, 3)
        case ops.Dropout2d():
            ranked(op.op, given, 4)
        case ops.Dropout3d():
            ranked(op.op, given, 5)
        case _:
            assert_never(op)
    return op, given


def call(op: Dropping) -> Call:
    """Return torch's module for the op."""
    match op:
        case ops.Dropout():
            return Layer("nn.Dropout", (first("p", op.p),))
        case ops.Dropout1d():
            return Layer("nn.Dropout1d", (first("p", op.p),))
        case ops.Dropout2d():
            return Layer("nn.Dropout2d", (first("p", op.p),))
        case ops.Dropout3d():
            return Layer("nn.Dropout3d", (first("p", op.p),))
        case ops.AlphaDropout():
            return Layer("nn.AlphaDropout", (first("p", op.p),))
        case ops.StochasticDepth():
            return Layer("StochasticDepth", (first("p", op.p), default("mode", op.mode, "row")))
        case _:
            assert_never(op)
