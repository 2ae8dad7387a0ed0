"""Pooling. ONNX has no adaptive pooling but the global one: other sizes need an input of known size."""

from __future__ import annotations

from typing import assert_never

import numpy as np

from archc.catalog.geometry import Pair, pair
from archc.catalog.graph import Node
from archc.catalog.tensors import Shape
from archc.export.faults import ExportFault
from archc.export.onnx_builder import Array, Attribute, Builder
from archc.spec import layers as ops

Adaptive = ops.AdaptiveAvgPool2d | ops.AdaptiveMaxPool2d | ops.AdaptiveConcatPool2d


def pool(build: Builder, op: ops.MaxPool2d | ops.AvgPool2d, x: str, given: Shape, out: Shape) -> str:
    """A MaxPool or AveragePool."""
    kernel, stride = pair(op.kernel_size), pair(op.kernel_size if op.stride is None else op.stride)
    before = pair(op.padding)
    fields: dict[str, Attribute] = {"kernel_shape": kernel, "strides": stride}
    match op:
        case ops.MaxPool2d():
            after, ceil = _padding_after(op, given, out) if op.ceil_mode else (before, 0)
            fields |= {"pads": (*before, *after), "dilations": pair(op.dilation), "ceil_mode": ceil}
            return build.one("MaxPool", x, **fields)
        case ops.AvgPool2d():
            padded = int(op.count_include_pad)
            fields |= {
                "pads": (*before, *before),
                "count_include_pad": padded,
                "ceil_mode": int(op.ceil_mode),
            }
            return build.one("AveragePool", x, **fields)
        case _:
            assert_never(op)


def _padding_after(op: ops.MaxPool2d, given: Shape, out: Shape) -> tuple[Pair, int]:
    """Padding below and right, and whether the size is rounded up: said by padding where the sizes are known.

    Runtimes do not agree on a last window that starts in the padding, which torch leaves out.
    """
    before, stride = pair(op.padding), pair(op.kernel_size if op.stride is None else op.stride)
    after = []
    for axis, (kernel, dilation) in enumerate(zip(pair(op.kernel_size), pair(op.dilation), strict=True)):
        size, places = given[2 + axis], out[2 + axis]
        if not isinstance(size, int) or not isinstance(places, int):
            return before, 1
        end = (places - 1) * stride[axis] + dilation * (kernel - 1) + 1
        after.append(max(end - size - before[axis], 0))
    return (after[0], after[1]), 0


def blur(build: Builder, x: str) -> str:
    """The map padded left and top by its edge, then a 2x2 mean at stride 1."""
    padded = build.one("Pad", x, build.ints(0, 0, 1, 1, 0, 0, 0, 0), mode="edge")
    return build.one("AveragePool", padded, kernel_shape=(2, 2), strides=(1, 1))


def adaptive(build: Builder, node: Node, op: Adaptive, x: str, given: Shape) -> str:
    """The maximum, the mean, or both one after the other, over a grid of cells."""
    parts = []
    if not isinstance(op, ops.AdaptiveAvgPool2d):
        parts.append(_cells(build, node, x, given, "Max"))
    if not isinstance(op, ops.AdaptiveMaxPool2d):
        parts.append(_cells(build, node, x, given, "Average"))
    return parts[0] if len(parts) == 1 else build.one("Concat", *parts, axis=1)


def _cells(build: Builder, node: Node, x: str, given: Shape, kind: str) -> str:
    assert isinstance(node.op, Adaptive)
    wanted = pair(node.op.output_size)
    if wanted == (1, 1):
        return build.one(f"Global{kind}Pool", x)
    height, width = given[2:]
    if not isinstance(height, int) or not isinstance(width, int):
        raise ExportFault(
            f"`{node.name}` ({node.op.op}) pools to {wanted[0]}x{wanted[1]}, "
            "which ONNX can do for a fixed input only",
            'set `export.dynamic = ["batch"]`, or pool to size 1',
            node.origin,
        )
    if height % wanted[0] == 0 and width % wanted[1] == 0:
        cell = (height // wanted[0], width // wanted[1])
        return build.one(f"{kind}Pool", x, kernel_shape=cell, strides=cell)
    if kind == "Average":
        return _uneven_means(build, x, (height, width), wanted)
    raise ExportFault(
        f"`{node.name}` ({node.op.op}) pools {height}x{width} to {wanted[0]}x{wanted[1]}, "
        "which does not divide",
        "choose an input size that divides, or pool to size 1",
        node.origin,
    )


def _uneven_means(build: Builder, x: str, size: Pair, wanted: Pair) -> str:
    """The mean over cells that differ in size: linear in each axis, so a product with a matrix each."""
    tall = build.constant(f"means.{wanted[0]}x{size[0]}", _means(size[0], wanted[0]))
    wide = build.constant(f"means.{size[1]}x{wanted[1]}", np.ascontiguousarray(_means(size[1], wanted[1]).T))
    return build.one("MatMul", tall, build.one("MatMul", x, wide))


def _means(size: int, cells: int) -> Array:
    """The matrix `(cells, size)` of each cell's mean; cell i spans floor(i s / c) to ceil((i + 1) s / c)."""
    matrix = np.zeros((cells, size), np.float32)
    for i in range(cells):
        start, end = i * size // cells, -(-(i + 1) * size // cells)
        matrix[i, start:end] = 1 / (end - start)
    return matrix
