"""Layers with weights, and activations that take more than one node."""

from __future__ import annotations

import math

from archc.catalog.geometry import pair
from archc.export.onnx_builder import Attribute, Builder
from archc.spec import layers as ops


def convolution(build: Builder, op: ops.Conv2d | ops.ConvTranspose2d, module: str, x: str) -> str:
    """A Conv or ConvTranspose."""
    rows, columns = pair(op.padding or 0)
    fields: dict[str, Attribute] = {
        "kernel_shape": pair(op.kernel_size),
        "strides": pair(op.stride),
        "pads": (rows, columns, rows, columns),
        "dilations": pair(op.dilation),
        "group": op.groups,
    }
    inputs = [x, build.weight(f"{module}.weight")]
    if op.bias:
        inputs.append(build.weight(f"{module}.bias"))
    if isinstance(op, ops.Conv2d):
        return build.one("Conv", *inputs, **fields)
    if pair(op.output_padding) != (0, 0):
        fields["output_padding"] = pair(op.output_padding)
    return build.one("ConvTranspose", *inputs, **fields)


def linear(build: Builder, op: ops.Linear, module: str, x: str, rank: int) -> str:
    """A Gemm for `(N, C)`; a MatMul and an Add where there are dimensions between."""
    if rank == 2:
        inputs = [x, build.weight(f"{module}.weight")]
        if op.bias:
            inputs.append(build.weight(f"{module}.bias"))
        return build.one("Gemm", *inputs, transB=1)
    turned = build.weight(f"{module}.weight_transposed", build.weights[f"{module}.weight"].T)
    product = build.one("MatMul", x, turned)
    return build.one("Add", product, build.weight(f"{module}.bias")) if op.bias else product


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


def output_range(build: Builder, low: float, high: float, x: str) -> str:
    """sigmoid(x) * (high - low) + low, without a product by 1 or a sum with 0."""
    value = build.one("Sigmoid", x)
    if high - low != 1:
        value = build.one("Mul", value, build.scalar(float(high - low)))
    return build.one("Add", value, build.scalar(float(low))) if low else value


def cosine_similarity(build: Builder, dim: int, a: str, b: str) -> str:
    """The dot product over the product of the lengths, each at least 1e-8 as torch has it."""
    axis, least = build.ints(dim), build.scalar(1e-8)
    dot = build.one("ReduceSum", build.one("Mul", a, b), axis, keepdims=1)
    lengths = [build.one("Max", build.one("ReduceL2", v, axis, keepdims=1), least) for v in (a, b)]
    return build.one("Div", dot, build.one("Mul", *lengths))
