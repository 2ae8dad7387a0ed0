"""Activations."""

from __future__ import annotations

import math
from typing import assert_never

from archc.export.onnx.builder import Builder
from archc.export.onnx.forms import split_evenly
from archc.ops.node import Node
from archc.ops.tensors import Shape
from archc.spec import layers as ops
from archc.spec.layers.activation import Activation

_TANHSHRINK = (1 / 3, -2 / 15, 17 / 315, -62 / 2835, 1382 / 155925, -21844 / 6081075, 929569 / 638512875)
"""Of x^3, x^5 and so on in x - tanh(x): below |x| = 0.5 the next one no longer shows in float32."""


def write(build: Builder, node: Node, op: Activation, inputs: list[str], given: list[Shape]) -> str:
    """Write the ONNX nodes of `op` and return the name of the value.

    `given` are the shapes of the inputs.

    Raises:
        ExportFault: the op has no exact form at this opset or with these open sizes.
    """
    x = inputs[0]
    match op:
        case ops.Relu():
            return build.one("Relu", x)
        case ops.Relu6():
            return build.one("Clip", x, build.scalar(0.0), build.scalar(6.0))
        case ops.LeakyRelu():
            return build.one("LeakyRelu", x, alpha=float(op.negative_slope))
        case ops.Gelu():
            return gelu(build, op.approximate, x)
        case ops.Silu():
            return build.one("Mul", x, build.one("Sigmoid", x))
        case ops.Sigmoid():
            return build.one("Sigmoid", x)
        case ops.Tanh():
            return build.one("Tanh", x)
        case ops.Hardswish():
            return build.one("HardSwish", x)
        case ops.Hardsigmoid():
            return hardsigmoid(build, x)
        case ops.Softmax():
            return build.one("Softmax", x, axis=op.dim)
        case ops.LogSoftmax():
            return build.one("LogSoftmax", x, axis=op.dim)
        case ops.Prelu():
            return prelu(build, node.module, x, len(given[0]))
        case ops.Elu():
            return build.one("Elu", x, alpha=float(op.alpha))
        case ops.Selu():
            return build.one("Selu", x)
        case ops.Celu():
            return build.one("Celu", x, alpha=float(op.alpha))
        case ops.Mish():
            return build.one("Mul", x, build.one("Tanh", build.one("Softplus", x)))
        case ops.Softplus():
            return softplus(build, op, x)
        case ops.Softsign():
            return build.one("Softsign", x)
        case ops.LogSigmoid():
            return build.one("Neg", build.one("Softplus", build.one("Neg", x)))
        case ops.Hardtanh():
            return build.one("Clip", x, build.scalar(float(op.min_val)), build.scalar(float(op.max_val)))
        case ops.Hardshrink():
            return build.one("Shrink", x, lambd=float(op.lambd))
        case ops.Softshrink():
            return build.one("Shrink", x, lambd=float(op.lambd), bias=float(op.lambd))
        case ops.Tanhshrink():
            return tanhshrink(build, x)
        case ops.Glu():
            return glu(build, op.dim, x)
        case ops.OutputRange():
            return output_range(build, op.low, op.high, x)
        case _:
            assert_never(op)


def gelu(build: Builder, approximate: str, x: str) -> str:
    """Write one Gelu since opset 20, its parts before."""
    if build.opset >= 20:
        return build.one("Gelu", x, approximate=approximate)
    if approximate == "tanh":
        cube = build.one("Mul", build.one("Mul", x, x), x)
        inner = build.one("Add", x, build.one("Mul", cube, build.scalar(0.044715)))
        curve = build.one("Tanh", build.one("Mul", inner, build.scalar(math.sqrt(2 / math.pi))))
    else:
        curve = build.one("Erf", build.one("Mul", x, build.scalar(math.sqrt(0.5))))
    half = build.one("Mul", x, build.scalar(0.5))
    return build.one("Mul", half, build.one("Add", curve, build.scalar(1.0)))


def hardsigmoid(build: Builder, x: str) -> str:
    """Write relu6(x + 3) / 6: OpenCV (5.0) takes a HardSigmoid and any product behind it for a HardSwish."""
    risen = build.one("Add", x, build.scalar(3.0))
    return build.one(
        "Mul", build.one("Clip", risen, build.scalar(0.0), build.scalar(6.0)), build.scalar(1 / 6)
    )


def output_range(build: Builder, low: float, high: float, x: str) -> str:
    """Write sigmoid(x) * (high - low) + low, without a product by 1 or a sum with 0."""
    value = build.one("Sigmoid", x)
    if high - low != 1:
        value = build.one("Mul", value, build.scalar(float(high - low)))
    return build.one("Add", value, build.scalar(float(low))) if low else value


def prelu(build: Builder, module: str, x: str, rank: int) -> str:
    """Write a PRelu, its slopes shaped to stand for the channels of `(N, C, ...)`."""
    slopes = build.weights[f"{module}.weight"]
    return build.one("PRelu", x, build.weight(f"{module}.weight", slopes.reshape(-1, *(1,) * (rank - 2))))


def softplus(build: Builder, op: ops.Softplus, x: str) -> str:
    """Write a Softplus between products by beta; a Where for a threshold that one can tell from none."""
    scaled = x if op.beta == 1 else build.one("Mul", x, build.scalar(float(op.beta)))
    curve = build.one("Softplus", scaled)
    value = curve if op.beta == 1 else build.one("Div", curve, build.scalar(float(op.beta)))
    if op.threshold >= 20:  # exp(-20) is less than float32 holds beside 20
        return value
    return build.one("Where", build.one("Greater", scaled, build.scalar(float(op.threshold))), x, value)


def tanhshrink(build: Builder, x: str) -> str:
    """Write x - tanh(x); near 0, where that difference is all rounding, the sum of its Taylor series."""
    square = build.one("Mul", x, x)
    total = build.scalar(_TANHSHRINK[-1])
    for factor in reversed(_TANHSHRINK[:-1]):
        total = build.one("Add", build.one("Mul", total, square), build.scalar(factor))
    near = build.one("Mul", build.one("Mul", total, square), x)
    far = build.one("Sub", x, build.one("Tanh", x))
    return build.one("Where", build.one("Less", square, build.scalar(0.25)), near, far)


def glu(build: Builder, dim: int, x: str) -> str:
    """Write the first half times the sigmoid of the second."""
    first, second = split_evenly(build, x, 2, dim)
    return build.one("Mul", first, build.one("Sigmoid", second))
