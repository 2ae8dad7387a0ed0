"""Ops that only lowerings and recorded bodies write."""

from __future__ import annotations

from typing import assert_never

import numpy as np
from onnx import TensorProto

from archc.export.faults import ExportFault
from archc.export.onnx.builder import Builder
from archc.export.onnx.forms import reduced
from archc.export.onnx.ops.attention import packed_attention
from archc.ops.node import Node
from archc.ops.tensors import Shape
from archc.spec import layers as ops
from archc.spec.layers.internal import Internal

_FLOAT = int(TensorProto.FLOAT)


def write(build: Builder, node: Node, op: Internal, inputs: list[str], given: list[Shape]) -> str:
    """Write the ONNX nodes of `op` and return the name of the value.

    `given` are the shapes of the inputs.

    Raises:
        ExportFault: the op has no exact form at this opset or with these open sizes.
    """
    x = inputs[0] if inputs else ""
    match op:
        case ops.Narrow():
            ends = (build.ints(op.start), build.ints(op.start + op.length), build.ints(op.dim))
            return build.one("Slice", x, *ends)
        case ops.Select():
            return build.one("Gather", x, build.index(op.index), axis=op.dim)
        case ops.Mean():
            return reduced(build, "ReduceMean", x, op.dims, keepdims=op.keepdim)
        case ops.ImageToFloat():
            return image_to_float(build, op, node.name, x)
        case ops.Normalize():
            return normalize(build, op, node, x)
        case ops.Parameter():
            return build.weight(node.module)
        case ops.ExpandBatch():
            return expand_batch(build, inputs, node.out.shape)
        case ops.Argmax():
            return build.one("ArgMax", x, axis=op.dim, keepdims=0)
        case ops.PackedAttention():
            return packed_attention(build, op.num_heads, x, given[0])
        case ops.LibraryPart():
            raise ExportFault(
                f"`{node.name}` is a module of `{op.ref}`'s own library, and its graph was not handed over",
                "export from a built model: only torch's exporter sees into it",
                node.origin,
            )
        case _:
            assert_never(op)


def image_to_float(build: Builder, op: ops.ImageToFloat, name: str, x: str) -> str:
    """Write images `(N, H, W, C)` as float32 `(N, C, H, W)`; a norm behind takes in their range."""
    value = build.one("Transpose", x, perm=(0, 3, 1, 2))
    if build.types[x].dtype != "float32":
        value = build.one("Cast", value, to=_FLOAT)
    if name in build.unscaled:
        return value
    if op.low:
        value = build.one("Sub", value, build.scalar(op.low))
    return build.one("Mul", value, build.scalar(1 / (op.high - op.low)))


def normalize(build: Builder, op: ops.Normalize, node: Node, x: str) -> str:
    """Write (x - mean) / std as one Mul and one Add for each channel."""
    low, high = build.unscaled.get(node.inputs[0], (0.0, 1.0))
    per_unit = high - low
    std, mean = (np.array(v, np.float64).reshape(-1, 1, 1) for v in (op.std, op.mean))
    scaled = build.one("Mul", x, build.weight(f"{node.name}.scale", 1 / (std * per_unit)))
    return build.one("Add", scaled, build.weight(f"{node.name}.shift", -(low / per_unit + mean) / std))


def expand_batch(build: Builder, inputs: list[str], out: Shape) -> str:
    """Write the first input for each entry of the second one's batch."""
    x, like = inputs
    known = [d for d in out if isinstance(d, int)]
    if len(known) == len(out):
        return build.one("Expand", x, build.ints(*known))
    # Expand broadcasts, so that 1 keeps what the other dimensions are
    sizes = [build.shape_of(like, 0, 1), build.ints(*(1,) * (len(out) - 1))]
    return build.one("Expand", x, build.one("Concat", *sizes, axis=0))
