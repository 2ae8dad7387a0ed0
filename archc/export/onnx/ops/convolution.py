"""Layers with weights, and the cosine."""

from __future__ import annotations

from archc.export.faults import ExportFault
from archc.export.onnx.builder import Attribute, Builder
from archc.export.onnx.forms import reduced
from archc.ops.extensions import made
from archc.ops.geometry import spread
from archc.ops.node import Node
from archc.ops.windows import Conv, ConvTranspose, axes_of
from archc.spec import layers as ops


def convolution(build: Builder, op: Conv | ConvTranspose, module: str, x: str) -> str:
    """A Conv or ConvTranspose, of any number of axes."""
    axes = axes_of(op)
    padding = spread(op.padding or 0, axes)
    fields: dict[str, Attribute] = {
        "kernel_shape": spread(op.kernel_size, axes),
        "strides": spread(op.stride, axes),
        "pads": (*padding, *padding),
        "dilations": spread(op.dilation, axes),
        "group": op.groups,
    }
    inputs = [x, build.weight(f"{module}.weight")]
    if op.bias:
        inputs.append(build.weight(f"{module}.bias"))
    if isinstance(op, Conv):
        return build.one("Conv", *inputs, **fields)
    if any(spread(op.output_padding, axes)):
        fields["output_padding"] = spread(op.output_padding, axes)
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


def cosine_similarity(build: Builder, dim: int, a: str, b: str) -> str:
    """The dot product over the product of the lengths, each at least 1e-8 as torch has it."""
    least = build.scalar(1e-8)
    dot = build.one("ReduceSum", build.one("Mul", a, b), build.ints(dim), keepdims=1)
    lengths = [build.one("Max", reduced(build, "ReduceL2", v, [dim]), least) for v in (a, b)]
    return build.one("Div", dot, build.one("Mul", *lengths))


def extension(build: Builder, op: ops.ExtensionOp, node: Node, inputs: list[str]) -> str:
    """What the op's own package writes."""
    made_op = made(op)
    if not hasattr(made_op, "to_onnx"):
        raise ExportFault(
            f"`{node.name}` is the op `{op.name}`, whose package has no ONNX form of it",
            "ask its author for one",
            node.origin,
        )
    return made_op.to_onnx(build, node.module, inputs)
