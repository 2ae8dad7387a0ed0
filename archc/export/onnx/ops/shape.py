"""Numbers that move without changing."""

from __future__ import annotations

import numpy as np

from archc.export.onnx.builder import Builder
from archc.ops.tensors import Shape
from archc.spec import layers as ops


def flatten(build: Builder, op: ops.Flatten, x: str, given: Shape, out: Shape) -> str:
    """A Flatten where all behind the batch becomes one, else a Reshape."""
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
    """A Reshape, in which 0 is the batch as it is."""
    return build.one("Reshape", x, build.ints(0, *op.shape))


def unflatten(build: Builder, op: ops.Unflatten, x: str, given: Shape) -> str:
    """A Reshape: what is before the dimension stays, what is behind is named, or read where it is open."""
    axis = op.dim % len(given)
    before, behind = (0,) * axis, given[axis + 1 :]
    known = [d for d in behind if isinstance(d, int)]
    if len(known) == len(behind):
        return build.one("Reshape", x, build.ints(*before, *op.unflattened_size, *known))
    parts = [build.ints(*before, *op.unflattened_size), build.shape_of(x, axis + 1, len(given))]
    return build.one("Reshape", x, build.one("Concat", *parts, axis=0))


def channel_shuffle(build: Builder, groups: int, x: str, shape: Shape) -> str:
    """One Gather of the channels in their new order: less to move than Reshape, Transpose, Reshape."""
    channels = shape[1]
    assert isinstance(channels, int)
    order = np.arange(channels, dtype=np.int64).reshape(groups, -1).T.reshape(-1)
    return build.one("Gather", x, build.constant(f"shuffle.{channels}.{groups}", order), axis=1)


def expand_batch(build: Builder, inputs: list[str], out: Shape) -> str:
    """The first input for each entry of the second one's batch."""
    x, like = inputs
    known = [d for d in out if isinstance(d, int)]
    if len(known) == len(out):
        return build.one("Expand", x, build.ints(*known))
    # Expand broadcasts, so that 1 keeps what the other dimensions are
    sizes = [build.shape_of(like, 0, 1), build.ints(*(1,) * (len(out) - 1))]
    return build.one("Expand", x, build.one("Concat", *sizes, axis=0))
