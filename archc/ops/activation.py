"""Activations: the shape stays as it is, but for `glu`."""

from __future__ import annotations

from typing import assert_never

from archc.ops.call import Call, Function, Layer, default, first, keyword
from archc.ops.demands import axis_of, floating
from archc.ops.faults import ShapeFault
from archc.ops.initializers import Init
from archc.ops.shape_ops import halved
from archc.ops.tensors import Named, TensorType
from archc.spec import layers as ops
from archc.spec.layers import Op
from archc.spec.layers.activation import Activation


def infer(op: Activation, given: TensorType) -> tuple[Op, TensorType]:
    """Return the op and the type of its output. `ShapeFault` where it does not fit."""
    floating(op.op, given)
    match op:
        case (
            ops.Relu()
            | ops.Relu6()
            | ops.LeakyRelu()
            | ops.Gelu()
            | ops.Silu()
            | ops.Sigmoid()
            | ops.Tanh()
            | ops.Hardswish()
            | ops.Hardsigmoid()
            | ops.OutputRange()
            | ops.Elu()
            | ops.Selu()
            | ops.Celu()
            | ops.Mish()
            | ops.Softplus()
            | ops.Softsign()
            | ops.LogSigmoid()
            | ops.Hardshrink()
            | ops.Softshrink()
            | ops.Tanhshrink()
        ):
            return op, given
        case ops.Glu():
            return op, TensorType(halved(op, given.shape))
        case ops.Softmax() | ops.LogSoftmax():
            axis_of(op.op, op.dim, given.shape)
            return op, given
        case ops.Prelu():
            _check_slopes(op, given)
            return op, given
        case ops.Hardtanh():
            if op.min_val >= op.max_val:
                raise ShapeFault(f"min_val {op.min_val} is not below max_val {op.max_val}", field="min_val")
            return op, given
        case _:
            assert_never(op)


def _check_slopes(op: ops.Prelu, given: TensorType) -> None:
    if op.num_parameters != 1 and (len(given.shape) < 2 or given.shape[1] != op.num_parameters):
        raise ShapeFault(
            f"`prelu` has {op.num_parameters} slopes, its input is {given}",
            field="num_parameters",
            help="one slope, or one for each channel",
        )


def parameters(op: Activation) -> Named:
    """Return the op's parameters, in torch's order."""
    match op:
        case ops.Prelu():
            return (("weight", (op.num_parameters,)),)
        case (
            ops.Relu()
            | ops.Relu6()
            | ops.LeakyRelu()
            | ops.Gelu()
            | ops.Silu()
            | ops.Sigmoid()
            | ops.Tanh()
            | ops.Hardswish()
            | ops.Hardsigmoid()
            | ops.OutputRange()
            | ops.Elu()
            | ops.Selu()
            | ops.Celu()
            | ops.Mish()
            | ops.Softplus()
            | ops.Softsign()
            | ops.LogSigmoid()
            | ops.Hardshrink()
            | ops.Softshrink()
            | ops.Tanhshrink()
            | ops.Glu()
            | ops.Softmax()
            | ops.LogSoftmax()
            | ops.Hardtanh()
        ):
            return ()
        case _:
            assert_never(op)


def start(op: Activation) -> Init:
    """Return how torch starts a parameter. `TypeError` where the op has none."""
    match op:
        case ops.Prelu():
            return Init(kind="constant", value=op.init)
        case (
            ops.Relu()
            | ops.Relu6()
            | ops.LeakyRelu()
            | ops.Gelu()
            | ops.Silu()
            | ops.Sigmoid()
            | ops.Tanh()
            | ops.Hardswish()
            | ops.Hardsigmoid()
            | ops.OutputRange()
            | ops.Elu()
            | ops.Selu()
            | ops.Celu()
            | ops.Mish()
            | ops.Softplus()
            | ops.Softsign()
            | ops.LogSigmoid()
            | ops.Hardshrink()
            | ops.Softshrink()
            | ops.Tanhshrink()
            | ops.Glu()
            | ops.Softmax()
            | ops.LogSoftmax()
            | ops.Hardtanh()
        ):
            raise TypeError(f"`{op.op}` has no parameters")
        case _:
            assert_never(op)


def call(op: Activation) -> Call:
    """Return torch's module for the op."""
    match op:
        case ops.Relu():
            return Layer("nn.ReLU")
        case ops.Relu6():
            return Layer("nn.ReLU6")
        case ops.LeakyRelu():
            return Layer("nn.LeakyReLU", (first("negative_slope", op.negative_slope),))
        case ops.Gelu():
            return Layer("nn.GELU", (default("approximate", op.approximate, "none"),))
        case ops.Silu():
            return Layer("nn.SiLU")
        case ops.Sigmoid():
            return Layer("nn.Sigmoid")
        case ops.Tanh():
            return Layer("nn.Tanh")
        case ops.Hardswish():
            return Layer("nn.Hardswish")
        case ops.Hardsigmoid():
            return Layer("nn.Hardsigmoid")
        case ops.Prelu():
            count = default("num_parameters", op.num_parameters, 1)
            return Layer("nn.PReLU", (count, default("init", op.init, 0.25)))
        case ops.Elu():
            return Layer("nn.ELU", (default("alpha", op.alpha, 1.0),))
        case ops.Selu():
            return Layer("nn.SELU")
        case ops.Celu():
            return Layer("nn.CELU", (default("alpha", op.alpha, 1.0),))
        case ops.Mish():
            return Layer("nn.Mish")
        case ops.Softplus():
            beta = default("beta", op.beta, 1.0)
            return Layer("nn.Softplus", (beta, default("threshold", op.threshold, 20.0)))
        case ops.Softsign():
            return Layer("nn.Softsign")
        case ops.LogSigmoid():
            return Layer("nn.LogSigmoid")
        case ops.Hardtanh():
            return Layer("nn.Hardtanh", (first("min_val", op.min_val), first("max_val", op.max_val)))
        case ops.Hardshrink():
            return Layer("nn.Hardshrink", (default("lambd", op.lambd, 0.5),))
        case ops.Softshrink():
            return Layer("nn.Softshrink", (default("lambd", op.lambd, 0.5),))
        case ops.Tanhshrink():
            return Layer("nn.Tanhshrink")
        case ops.Glu():
            return Layer("nn.GLU", (keyword("dim", op.dim),))
        case ops.LogSoftmax():
            return Layer("nn.LogSoftmax", (keyword("dim", op.dim),))
        case ops.Softmax():
            return Layer("nn.Softmax", (keyword("dim", op.dim),))
        case ops.OutputRange():
            span = (first("low", op.low), first("high", op.high))
            return Function("output_range", span, Layer("OutputRange", span))
        case _:
            assert_never(op)
