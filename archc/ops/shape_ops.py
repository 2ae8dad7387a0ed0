"""The shapes of ops that move, join or average values."""

from __future__ import annotations

from math import prod

from archc.ops.demands import axis_of
from archc.ops.dims import Dim, product
from archc.ops.faults import ShapeFault
from archc.ops.tensors import Shape, TensorType
from archc.spec import layers as ops


def flattened(op: ops.Flatten, shape: Shape) -> Shape:
    start, end = (
        axis_of(op.op, op.start_dim, shape, "start_dim"),
        axis_of(op.op, op.end_dim, shape, "end_dim"),
    )
    if start > end:
        raise ShapeFault(
            f"`flatten` from dimension {start} to {end}: the first comes after the last", field="end_dim"
        )
    size: Dim = 1
    for dim in shape[start : end + 1]:
        size = size * dim
    return (*shape[:start], size, *shape[end + 1 :])


def permuted(op: ops.Permute, shape: Shape) -> Shape:
    order = [axis_of(op.op, d, shape, "dims") for d in op.dims]
    if sorted(order) != list(range(len(shape))):
        raise ShapeFault(
            f"`permute` needs each of the {len(shape)} dimensions once, got {list(op.dims)}", field="dims"
        )
    return tuple(shape[d] for d in order)


def concatenated(op: ops.Concat, inputs: tuple[TensorType, ...]) -> Shape:
    first = inputs[0].shape
    axis = axis_of(op.op, op.dim, first)
    total: Dim = 0
    for given in inputs:
        if len(given.shape) != len(first) or any(
            a != b for i, (a, b) in enumerate(zip(first, given.shape, strict=True)) if i != axis
        ):
            raise ShapeFault(
                f"`concat` along dimension {axis} needs the other sizes equal, got {inputs[0]} and {given}"
            )
        total = total + given.shape[axis]
    return (*first[:axis], total, *first[axis + 1 :])


def narrowed(op: ops.Narrow, shape: Shape) -> Shape:
    axis = axis_of(op.op, op.dim, shape)
    size = shape[axis]
    if isinstance(size, int) and op.start + op.length > size:
        raise ShapeFault(f"`narrow` to {op.start + op.length} of {size}", field="length")
    return (*shape[:axis], op.length, *shape[axis + 1 :])


def averaged(op: ops.Mean, shape: Shape) -> Shape:
    axes = {axis_of(op.op, d, shape, "dims") for d in op.dims}
    if op.keepdim:
        return tuple(1 if i in axes else d for i, d in enumerate(shape))
    return tuple(d for i, d in enumerate(shape) if i not in axes)


def broadcast(name: str, inputs: tuple[TensorType, ...]) -> Shape:
    shape = inputs[0].shape
    for other in inputs[1:]:
        if other.shape == shape:
            continue
        rank = max(len(shape), len(other.shape))
        left = (1,) * (rank - len(shape)) + shape
        right = (1,) * (rank - len(other.shape)) + other.shape
        if any(a != b and 1 not in (a, b) for a, b in zip(left, right, strict=True)):
            raise ShapeFault(f"`{name}` needs inputs of one shape, got {inputs[0]} and {other}")
        shape = tuple(b if a == 1 else a for a, b in zip(left, right, strict=True))
    return shape


def reshaped(op: ops.Reshape, shape: Shape) -> Shape:
    """Return the batch, and the sizes that each example's numbers are put in."""
    return (shape[0], *_sizes(op.op, op.shape, product(shape[1:]), "shape"))


def unflattened(op: ops.Unflatten, shape: Shape) -> Shape:
    """Return the shape with one dimension as several."""
    axis = axis_of(op.op, op.dim, shape)
    sizes = _sizes(op.op, op.unflattened_size, shape[axis], "unflattened_size")
    return (*shape[:axis], *sizes, *shape[axis + 1 :])


def squeezed(op: ops.Squeeze, shape: Shape) -> Shape:
    """Return the shape without a dimension, which must be of size 1."""
    axis = axis_of(op.op, op.dim, shape)
    if shape[axis] != 1:
        raise ShapeFault(
            f"`squeeze` takes away a dimension of size 1, dimension {axis} is {shape[axis]}", field="dim"
        )
    return (*shape[:axis], *shape[axis + 1 :])


def unsqueezed(op: ops.Unsqueeze, shape: Shape) -> Shape:
    """Return the shape with a dimension of size 1 put in at a place."""
    rank = len(shape) + 1
    if not -rank <= op.dim < rank:
        raise ShapeFault(f"`unsqueeze`: dim {op.dim} is not one of {rank} dimensions", field="dim")
    place = op.dim % rank
    return (*shape[:place], 1, *shape[place:])


def halved(op: ops.Glu, shape: Shape) -> Shape:
    """Return the shape with one dimension half as large."""
    axis = axis_of(op.op, op.dim, shape)
    if shape[axis] // 2 * 2 != shape[axis]:
        raise ShapeFault(f"`glu` halves dimension {axis}, which is {shape[axis]}", field="dim")
    return (*shape[:axis], shape[axis] // 2, *shape[axis + 1 :])


def part_sizes(op: ops.LibraryPart, shape: Shape) -> Shape:
    """Return the sizes of a library part's value by the rules that were recorded."""
    needed = max(dimension for dimension, _, _ in op.out)
    if needed >= len(shape):
        raise ShapeFault(f"`{op.path}` of `{op.ref}` reads dimension {needed} of {len(shape)}")
    return tuple(
        added if dimension == -1 else (shape[dimension] + added) // divisor
        for dimension, divisor, added in op.out
    )


def _sizes(name: str, sizes: tuple[int, ...], total: Dim, field: str) -> Shape:
    """Return the sizes that `total` numbers are laid out in; a -1 among them is what is left over."""
    written = ", ".join(map(str, sizes))
    if any(size < 1 and size != -1 for size in sizes) or sizes.count(-1) > 1:
        raise ShapeFault(
            f"`{name}` cannot make [{written}]", field=field, help="sizes from 1, at most one -1"
        )
    known = prod(size for size in sizes if size != -1)
    left = total // known
    if left * known != total or (-1 not in sizes and left != 1):
        raise ShapeFault(f"`{name}` cannot lay {total} numbers out as [{written}]", field=field)
    return tuple(left if size == -1 else size for size in sizes)
