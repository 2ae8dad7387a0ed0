"""Layers that move values without changing them."""

from __future__ import annotations

from typing import assert_never

import numpy as np

from archc.export.onnx.builder import Builder
from archc.ops.node import Node
from archc.ops.tensors import Shape
from archc.spec import layers as ops
from archc.spec.layers.shape import Moving


def write(build: Builder, node: Node, op: Moving, inputs: list[str], given: list[Shape]) -> str:
    """Write the ONNX nodes of `op` and return the name of the value.

    `given` are the shapes of the inputs.

    Raises:
        ExportFault: the op has no exact form at this opset or with these open sizes.
    """
    x = inputs[0]
    match op:
        case ops.Identity():
            return x  # passes drop them; what nobody dropped is still the value it reads
        case ops.Flatten():
            return flatten(build, op, x, given[0], node.out.shape)
        case ops.Permute():
            return build.one("Transpose", x, perm=[d % len(op.dims) for d in op.dims])
        case ops.Reshape():
            return reshape(build, op, x)
        case ops.Unflatten():
            return unflatten(build, op, x, given[0])
        case ops.Squeeze():
            return build.one("Squeeze", x, build.ints(op.dim))
        case ops.Unsqueeze():
            return build.one("Unsqueeze", x, build.ints(op.dim))
        case ops.ChannelShuffle():
            return channel_shuffle(build, op.groups, x, given[0])
        case _:
            assert_never(op)


def flatten(build: Builder, op: ops.Flatten, x: str, given: Shape, out: Shape) -> str:
    """Write a Flatten where all behind the batch becomes one, else a Reshape."""
    rank = len(given)
    start, end = op.start_dim % rank, op.end_dim % rank
    if start == 1 and end == rank - 1:
        return build.one("Flatten", x, axis=1)
    behind = out[start + 1 :]
    if all(isinstance(d, int) for d in behind):
        return build.one(
            "Reshape", x, build.ints(*(0,) * start, -1, *(d for d in behind if isinstance(d, int)))
        )
    parts = [build.ints(*(0,) * start, -1), build.shape_of(x, end + 1, rank)]
    return build.one("Reshape", x, build.one("Concat", *parts, axis=0))


def reshape(build: Builder, op: ops.Reshape, x: str) -> str:
    """Write a Reshape, in which 0 is the batch as it is."""
    return build.one("Reshape", x, build.ints(0, *op.shape))


def unflatten(build: Builder, op: ops.Unflatten, x: str, given: Shape) -> str:
    """Write a Reshape: what is before the dimension stays, what is behind is named or read."""
    axis = op.dim % len(given)
    before, behind = (0,) * axis, given[axis + 1 :]
    known = [d for d in behind if isinstance(d, int)]
    if len(known) == len(behind):
        return build.one("Reshape", x, build.ints(*before, *op.unflattened_size, *known))
    parts = [build.ints(*before, *op.unflattened_size), build.shape_of(x, axis + 1, len(given))]
    return build.one("Reshape", x, build.one("Concat", *parts, axis=0))


def channel_shuffle(build: Builder, groups: int, x: str, shape: Shape) -> str:
    """Write one Gather of the channels in their new order: less to move than Reshape, Transpose, Reshape."""
    channels = shape[1]
    assert isinstance(channels, int)
    order = np.arange(channels, dtype=np.int64).reshape(groups, -1).T.reshape(-1)
    return build.one("Gather", x, build.constant(f"shuffle.{channels}.{groups}", order), axis=1)
