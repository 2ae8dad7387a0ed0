"""Pooling. ONNX has no adaptive pooling but the global one: other sizes need an input of known size."""

from __future__ import annotations

from typing import assert_never

import numpy as np

from archc.export.faults import ExportFault
from archc.export.onnx.builder import Array, Attribute, Builder
from archc.export.onnx.forms import reduced
from archc.ops.geometry import axes_of, spread
from archc.ops.node import Node
from archc.ops.pooling import AdaptivePool, AvgPool, MaxPool
from archc.ops.tensors import Shape
from archc.spec import layers as ops
from archc.spec.layers.pooling import Pooling


def write(build: Builder, node: Node, op: Pooling, inputs: list[str], given: list[Shape]) -> str:
    """Write the ONNX nodes of `op` and return the name of the value.

    `given` are the shapes of the inputs.

    Raises:
        ExportFault: the op has no exact form at this opset or with these open sizes.
    """
    x = inputs[0]
    match op:
        case (
            ops.MaxPool1d()
            | ops.MaxPool2d()
            | ops.MaxPool3d()
            | ops.AvgPool1d()
            | ops.AvgPool2d()
            | ops.AvgPool3d()
        ):
            return pool(build, op, x, given[0], node.out.shape)
        case ops.GlobalAvgPool2d():
            return build.one("GlobalAveragePool", x)
        case ops.GlobalMaxPool2d():
            return build.one("GlobalMaxPool", x)
        case (
            ops.AdaptiveAvgPool1d()
            | ops.AdaptiveAvgPool2d()
            | ops.AdaptiveAvgPool3d()
            | ops.AdaptiveMaxPool1d()
            | ops.AdaptiveMaxPool2d()
            | ops.AdaptiveMaxPool3d()
            | ops.AdaptiveConcatPool2d()
        ):
            return adaptive(build, node, op, x, given[0])
        case ops.BlurPool2d():
            return blur(build, x)
        case _:
            assert_never(op)


def pool(build: Builder, op: MaxPool | AvgPool, x: str, given: Shape, out: Shape) -> str:
    """Write a MaxPool or AveragePool."""
    axes = axes_of(op)
    kernel, before = spread(op.kernel_size, axes), spread(op.padding, axes)
    stride = spread(op.kernel_size if op.stride is None else op.stride, axes)
    fields: dict[str, Attribute] = {"kernel_shape": kernel, "strides": stride}
    if isinstance(op, MaxPool):
        after, ceil = _padding_after(op, given, out) if op.ceil_mode else (before, 0)
        fields |= {"pads": (*before, *after), "dilations": spread(op.dilation, axes), "ceil_mode": ceil}
        return build.one("MaxPool", x, **fields)
    fields |= {
        "pads": (*before, *before),
        "count_include_pad": int(op.count_include_pad),
        "ceil_mode": int(op.ceil_mode),
    }
    return build.one("AveragePool", x, **fields)


def _padding_after(op: MaxPool, given: Shape, out: Shape) -> tuple[tuple[int, ...], int]:
    """Return padding at each axis' end, and whether the size is rounded up, where padding cannot say so.

    Runtimes do not agree on a last window that starts in the padding, which torch leaves out.
    """
    axes = axes_of(op)
    before, kernel, dilation = (spread(v, axes) for v in (op.padding, op.kernel_size, op.dilation))
    stride = spread(op.kernel_size if op.stride is None else op.stride, axes)
    after = []
    for axis in range(axes):
        size, places = given[2 + axis], out[2 + axis]
        if not isinstance(size, int) or not isinstance(places, int):
            return before, 1
        end = (places - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1
        after.append(max(end - size - before[axis], 0))
    return tuple(after), 0


def blur(build: Builder, x: str) -> str:
    """Write the map padded left and top by its edge, then a 2x2 mean at stride 1."""
    padded = build.one("Pad", x, build.ints(0, 0, 1, 1, 0, 0, 0, 0), mode="edge")
    return build.one("AveragePool", padded, kernel_shape=(2, 2), strides=(1, 1))


def adaptive(build: Builder, node: Node, op: AdaptivePool, x: str, given: Shape) -> str:
    """Write the maximum, the mean, or both one after the other, over a grid of cells."""
    parts = []
    if "avg" not in op.op:
        parts.append(_cells(build, node, op, x, given, "Max"))
    if "max" not in op.op:
        parts.append(_cells(build, node, op, x, given, "Average"))
    return parts[0] if len(parts) == 1 else build.one("Concat", *parts, axis=1)


def _cells(build: Builder, node: Node, op: AdaptivePool, x: str, given: Shape, kind: str) -> str:
    wanted = spread(op.output_size, axes_of(op))
    if set(wanted) == {1}:
        return build.one(f"Global{kind}Pool", x)
    shown = "x".join(map(str, wanted))
    sizes = [d for d in given[2:] if isinstance(d, int)]
    if len(sizes) < len(wanted):
        raise ExportFault(
            f"`{node.name}` ({op.op}) pools to {shown}, which ONNX can do for a fixed input only",
            'set `export.dynamic = ["batch"]`, or pool to size 1',
            node.origin,
        )
    if all(size % cells == 0 for size, cells in zip(sizes, wanted, strict=True)):
        cell = tuple(size // cells for size, cells in zip(sizes, wanted, strict=True))
        return build.one(f"{kind}Pool", x, kernel_shape=cell, strides=cell)
    return _uneven(build, x, sizes, wanted, kind)


def _uneven(build: Builder, x: str, sizes: list[int], wanted: tuple[int, ...], kind: str) -> str:
    """Write the mean or maximum over cells that differ in size: one axis after the other, last first."""
    now = list(sizes)
    for axis in reversed(range(len(wanted))):
        if now[axis] == wanted[axis]:
            continue
        if kind == "Max":
            x = _maxima_along(build, x, axis + 2, now[axis], wanted[axis])
        else:
            x = _means_along(build, x, axis, now, wanted[axis])
        now[axis] = wanted[axis]
    return x


def _means_along(build: Builder, x: str, axis: int, now: list[int], cells: int) -> str:
    """Write a mean as the product with a matrix, which it is. `now` are the sizes of the map's axes."""
    size, behind = now[axis], now[axis + 1 :]
    matrix = _means(size, cells)
    if not behind:
        turned = build.constant(f"means.{size}to{cells}.turned", np.ascontiguousarray(matrix.T))
        return build.one("MatMul", x, turned)
    if len(behind) > 1:
        x = build.one("Reshape", x, build.ints(0, 0, size, -1))
    x = build.one("MatMul", build.constant(f"means.{size}to{cells}", matrix), x)
    return build.one("Reshape", x, build.ints(0, 0, cells, *behind)) if len(behind) > 1 else x


def _maxima_along(build: Builder, x: str, axis: int, size: int, cells: int) -> str:
    """Write each cell sliced out and its maximum taken."""
    along = build.ints(axis)
    found = []
    for start, end in _spans(size, cells):
        cell = build.one("Slice", x, build.ints(start), build.ints(end), along)
        found.append(cell if end - start == 1 else reduced(build, "ReduceMax", cell, [axis]))
    return found[0] if cells == 1 else build.one("Concat", *found, axis=axis)


def _spans(size: int, cells: int) -> list[tuple[int, int]]:
    """Return where each cell starts and ends, as torch has it: cells may overlap by one."""
    return [(i * size // cells, -(-(i + 1) * size // cells)) for i in range(cells)]


def _means(size: int, cells: int) -> Array:
    """Return the matrix `(cells, size)` of each cell's mean."""
    matrix = np.zeros((cells, size), np.float32)
    for i, (start, end) in enumerate(_spans(size, cells)):
        matrix[i, start:end] = 1 / (end - start)
    return matrix
