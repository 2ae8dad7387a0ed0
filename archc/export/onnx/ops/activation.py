"""Activations that take more than one node."""

from __future__ import annotations

import math

from archc.export.onnx.builder import Builder
from archc.export.onnx.forms import split_evenly
from archc.spec import layers as ops

_TANHSHRINK = (1 / 3, -2 / 15, 17 / 315, -62 / 2835, 1382 / 155925, -21844 / 6081075, 929569 / 638512875)
"""Of x^3, x^5 and so on in x - tanh(x): below |x| = 0.5 the next one no longer shows in float32."""


def gelu(build: Builder, approximate: str, x: str) -> str:
    """One Gelu since opset 20, composed before."""
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
    """relu6(x + 3) / 6: OpenCV (5.0) takes a HardSigmoid and any product behind it for a HardSwish."""
    risen = build.one("Add", x, build.scalar(3.0))
    return build.one(
        "Mul", build.one("Clip", risen, build.scalar(0.0), build.scalar(6.0)), build.scalar(1 / 6)
    )


def output_range(build: Builder, low: float, high: float, x: str) -> str:
    """sigmoid(x) * (high - low) + low, without a product by 1 or a sum with 0."""
    value = build.one("Sigmoid", x)
    if high - low != 1:
        value = build.one("Mul", value, build.scalar(float(high - low)))
    return build.one("Add", value, build.scalar(float(low))) if low else value


def prelu(build: Builder, module: str, x: str, rank: int) -> str:
    """A PRelu, its slopes shaped to stand for the channels of `(N, C, ...)`."""
    slopes = build.weights[f"{module}.weight"]
    return build.one("PRelu", x, build.weight(f"{module}.weight", slopes.reshape(-1, *(1,) * (rank - 2))))


def softplus(build: Builder, op: ops.Softplus, x: str) -> str:
    """A Softplus between products by beta; a Where for a threshold that one can tell from none."""
    scaled = x if op.beta == 1 else build.one("Mul", x, build.scalar(float(op.beta)))
    curve = build.one("Softplus", scaled)
    value = curve if op.beta == 1 else build.one("Div", curve, build.scalar(float(op.beta)))
    if op.threshold >= 20:  # exp(-20) is less than float32 holds beside 20
        return value
    return build.one("Where", build.one("Greater", scaled, build.scalar(float(op.threshold))), x, value)


def tanhshrink(build: Builder, x: str) -> str:
    """x - tanh(x); near 0, where that difference is all rounding, the sum of its Taylor series."""
    square = build.one("Mul", x, x)
    total = build.scalar(_TANHSHRINK[-1])
    for factor in reversed(_TANHSHRINK[:-1]):
        total = build.one("Add", build.one("Mul", total, square), build.scalar(factor))
    near = build.one("Mul", build.one("Mul", total, square), x)
    far = build.one("Sub", x, build.one("Tanh", x))
    return build.one("Where", build.one("Less", square, build.scalar(0.25)), near, far)


def glu(build: Builder, dim: int, x: str) -> str:
    """The first half times the sigmoid of the second."""
    first, second = split_evenly(build, x, 2, dim)
    return build.one("Mul", first, build.one("Sigmoid", second))
