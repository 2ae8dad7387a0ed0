"""What an op does to a shape: its output, and itself with everything that shapes decide filled in."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar, assert_never

from archc.catalog.dims import Dim
from archc.catalog.faults import ShapeFault
from archc.catalog.geometry import pair, same_padding, transposed, window
from archc.catalog.tensors import Shape, TensorType
from archc.spec import layers as ops
from archc.spec.layers import Op

T = TypeVar("T", bound=Op)


def infer(op: Op, inputs: tuple[TensorType, ...]) -> tuple[Op, TensorType]:
    """The op resolved against its inputs, and the type of its output.

    Raises:
        ShapeFault: the op does not fit: wrong rank, contradicting channels, a kernel larger than the map.
    """
    match op:
        case ops.Conv2d():
            return _conv2d(op, inputs[0])
        case ops.BatchNorm2d():
            shape = _ranked(op.op, inputs[0], 4)
            return _with(op, "num_features", shape[1]), inputs[0]
        case (
            ops.Relu()
            | ops.Relu6()
            | ops.LeakyRelu()
            | ops.Gelu()
            | ops.Silu()
            | ops.Sigmoid()
            | ops.Tanh()
            | ops.Hardswish()
            | ops.Hardsigmoid()
            | ops.OutputRange()
            | ops.Identity()
            | ops.Dropout()
            | ops.StochasticDepth()
        ):
            _floating(op.op, inputs[0])
            return op, inputs[0]
        case ops.Add() | ops.Multiply() | ops.AbsDifference() | ops.SquaredDifference():
            return op, TensorType(_broadcast(op.op, inputs))
        case ops.Linear():
            _floating(op.op, inputs[0])
            shape = inputs[0].shape
            if len(shape) < 2:
                raise ShapeFault(f"`linear` needs (N, ..., features), got {inputs[0]}")
            return _with(op, "in_features", shape[-1]), TensorType((*shape[:-1], op.out_features))
        case ops.BatchNorm1d():
            shape = _ranked(op.op, inputs[0], 2, 3)
            return _with(op, "num_features", shape[1]), inputs[0]
        case ops.LayerNorm():
            return _with(op, "normalized_shape", inputs[0].shape[-1]), inputs[0]
        case ops.LayerNorm2d():
            shape = _ranked(op.op, inputs[0], 4)
            return _with(op, "normalized_shape", shape[1]), inputs[0]
        case ops.GroupNorm():
            return _group_norm(op, inputs[0]), inputs[0]
        case ops.ConvTranspose2d():
            return _conv_transpose2d(op, inputs[0])
        case ops.MaxPool2d() | ops.AvgPool2d():
            return _pool(op, inputs[0])
        case ops.AdaptiveAvgPool2d() | ops.AdaptiveMaxPool2d():
            shape = _ranked(op.op, inputs[0], 4)
            return op, TensorType((*shape[:2], *pair(op.output_size)))
        case ops.AdaptiveConcatPool2d():
            shape = _ranked(op.op, inputs[0], 4)
            return op, TensorType((shape[0], shape[1] * 2, *pair(op.output_size)))
        case ops.GlobalAvgPool2d():
            shape = _ranked(op.op, inputs[0], 4)
            return op, TensorType((*shape[:2], 1, 1))
        case ops.BlurPool2d():
            _ranked(op.op, inputs[0], 4)
            return op, inputs[0]
        case ops.Flatten():
            return op, TensorType(_flattened(op, inputs[0].shape))
        case ops.Permute():
            return op, TensorType(_permuted(op, inputs[0].shape))
        case ops.ChannelShuffle():
            shape = _ranked(op.op, inputs[0], 4)
            _divides(op.op, "groups", op.groups, shape[1])
            return op, inputs[0]
        case ops.Softmax():
            _axis(op.op, op.dim, inputs[0].shape)
            return op, inputs[0]
        case ops.Upsample():
            n, c, h, w = _ranked(op.op, inputs[0], 4)
            return op, TensorType((n, c, h * op.scale_factor, w * op.scale_factor))
        case ops.PixelShuffle():
            n, c, h, w = _ranked(op.op, inputs[0], 4)
            r = op.upscale_factor
            _divides(op.op, "upscale_factor", r * r, c)
            return op, TensorType((n, c // (r * r), h * r, w * r))
        case ops.SelfAttention2d():
            shape = _ranked(op.op, inputs[0], 4)
            resolved = _with(op, "channels", shape[1])
            if isinstance(shape[1], int) and shape[1] < 8:
                raise ShapeFault(f"`self_attention2d` needs at least 8 channels, got {shape[1]}")
            return resolved, inputs[0]
        case ops.MultiheadAttention():
            shape = _ranked(op.op, inputs[0], 3)
            _divides(op.op, "num_heads", op.num_heads, shape[2])
            return _with(op, "embed_dim", shape[2]), inputs[0]
        case ops.CosineSimilarity():
            shape = _broadcast(op.op, inputs)
            axis = _axis(op.op, op.dim, shape)
            return op, TensorType((*shape[:axis], 1, *shape[axis + 1 :]))
        case ops.Concat():
            return op, TensorType(_concatenated(op, inputs))
        case ops.ResizeLike():
            shape = _ranked(op.op, inputs[0], 4)
            return op, TensorType((*shape[:2], *_ranked(op.op, inputs[1], 4)[2:]))
        case ops.Parameter():
            return op, TensorType(op.shape)
        case ops.ExpandBatch():
            return op, TensorType((inputs[1].shape[0], *inputs[0].shape[1:]))
        case ops.Narrow():
            return op, TensorType(_narrowed(op, inputs[0].shape))
        case ops.Select():
            axis = _axis(op.op, op.dim, inputs[0].shape)
            return op, TensorType((*inputs[0].shape[:axis], *inputs[0].shape[axis + 1 :]), inputs[0].dtype)
        case ops.Mean():
            return op, TensorType(_averaged(op, inputs[0].shape))
        case ops.Normalize():
            shape = _ranked(op.op, inputs[0], 4)
            if len(op.mean) != shape[1] or len(op.std) != shape[1]:
                raise ShapeFault(
                    f"`normalize` has {len(op.mean)} means for {shape[1]} channels", field="mean"
                )
            return op, inputs[0]
        case ops.ImageToFloat():
            n, h, w, c = inputs[0].shape
            return op, TensorType((n, c, h, w))
        case ops.Argmax():
            axis = _axis(op.op, op.dim, inputs[0].shape)
            return op, TensorType((*inputs[0].shape[:axis], *inputs[0].shape[axis + 1 :]), "int64")
        case ops.OpaqueBody():
            n, _, h, w = _ranked(op.op, inputs[0], 4)
            merged = op.reduction // op.patch
            rows, columns = ((side // op.patch + (merged - 1)) // merged for side in (h, w))
            return op, TensorType((n, op.channels, rows, columns))
        case _:
            assert_never(op)


def _conv2d(op: ops.Conv2d, given: TensorType) -> tuple[Op, TensorType]:
    n, c, h, w = _ranked(op.op, given, 4)
    kernel, stride, dilation = pair(op.kernel_size), pair(op.stride), pair(op.dilation)
    padding = same_padding(kernel, dilation) if op.padding is None else pair(op.padding)
    if op.in_channels != c or op.padding is None:
        op = replace(_with(op, "in_channels", c), padding=padding)
    if op.groups != 1:
        _divides(op.op, "groups", op.groups, c)
        _divides(op.op, "groups", op.groups, op.out_channels)
    rows = window(h, kernel[0], stride[0], padding[0], dilation[0])
    columns = window(w, kernel[1], stride[1], padding[1], dilation[1])
    return op, TensorType((n, op.out_channels, rows, columns))


def _conv_transpose2d(op: ops.ConvTranspose2d, given: TensorType) -> tuple[Op, TensorType]:
    n, c, h, w = _ranked(op.op, given, 4)
    op = _with(op, "in_channels", c)
    _divides(op.op, "groups", op.groups, c)
    _divides(op.op, "groups", op.groups, op.out_channels)
    k, s, p, o, d = map(pair, (op.kernel_size, op.stride, op.padding, op.output_padding, op.dilation))
    if any(extra >= max(step, wide) for extra, step, wide in zip(o, s, d, strict=True)):
        raise ShapeFault(
            f"output_padding {op.output_padding} must be smaller than stride {op.stride}"
            f" or dilation {op.dilation}",
            field="output_padding",
            help="output_padding only settles which of several sizes a stride can come from",
        )
    rows = transposed(h, k[0], s[0], p[0], o[0], d[0])
    columns = transposed(w, k[1], s[1], p[1], o[1], d[1])
    return op, TensorType((n, op.out_channels, rows, columns))


def _pool(op: ops.MaxPool2d | ops.AvgPool2d, given: TensorType) -> tuple[Op, TensorType]:
    n, c, h, w = _ranked(op.op, given, 4)
    if op.stride is None:
        op = replace(op, stride=op.kernel_size)
        assert op.stride is not None
    k, s, p = pair(op.kernel_size), pair(op.stride), pair(op.padding)
    d = pair(op.dilation) if isinstance(op, ops.MaxPool2d) else (1, 1)
    if 2 * p[0] > k[0] or 2 * p[1] > k[1]:
        raise ShapeFault(
            f"padding {op.padding} is more than half of kernel_size {op.kernel_size}",
            field="padding",
            help="a pooling window must see at least one pixel of the map",
        )
    rows = window(h, k[0], s[0], p[0], d[0], op.ceil_mode)
    columns = window(w, k[1], s[1], p[1], d[1], op.ceil_mode)
    return op, TensorType((n, c, rows, columns))


def _group_norm(op: ops.GroupNorm, given: TensorType) -> ops.GroupNorm:
    _floating(op.op, given)
    if len(given.shape) < 2:
        raise ShapeFault(f"`group_norm` needs (N, C, ...), got {given}")
    _divides(op.op, "num_groups", op.num_groups, given.shape[1])
    return _with(op, "num_channels", given.shape[1])


def _floating(name: str, given: TensorType) -> None:
    if given.dtype != "float32":
        raise ShapeFault(f"`{name}` works on float32, its input is {given.dtype}")


def _ranked(name: str, given: TensorType, *ranks: int) -> Shape:
    """The shape of `given`, whose rank must be one of `ranks`."""
    _floating(name, given)
    if len(given.shape) in ranks:
        return given.shape
    wanted = {2: "(N, C)", 3: "(N, L, C)", 4: "(N, C, H, W)"}[ranks[0]]
    flat = ranks[0] == 2
    raise ShapeFault(
        f"`{name}` needs {wanted}, its input is {given}",
        help="put `flatten` before it" if flat else "it has to come before the map is pooled and flattened",
    )


def _with(op: T, field: str, found: Dim) -> T:
    """`op` with `field` set to what its input has; what was written there must agree."""
    written = getattr(op, field)
    if written == found:
        return op
    if written is not None:
        raise ShapeFault(
            f"{field} is {written}, but {found} channels come in",
            field=field,
            help=f"leave {field} out: it is inferred",
        )
    if not isinstance(found, int):
        raise ShapeFault(
            f"`{op.op}` needs a fixed number of features, its input has {found}",
            field=field,
            help="pool to a fixed size before it",
        )
    return replace(op, **{field: found})  # type: ignore[arg-type]  # the field is one of the op's own


def _divides(name: str, field: str, divisor: int, channels: Dim) -> None:
    if isinstance(channels, int) and channels % divisor:
        raise ShapeFault(f"`{name}` cannot deal {channels} channels out by {divisor}", field=field)


def _axis(name: str, dim: int, shape: Shape, field: str = "dim") -> int:
    if not -len(shape) <= dim < len(shape):
        raise ShapeFault(f"`{name}`: {field} {dim} is not one of {len(shape)} dimensions", field=field)
    return dim % len(shape)


def _broadcast(name: str, inputs: tuple[TensorType, ...]) -> Shape:
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


def _flattened(op: ops.Flatten, shape: Shape) -> Shape:
    start, end = (
        _axis(op.op, op.start_dim, shape, "start_dim"),
        _axis(op.op, op.end_dim, shape, "end_dim"),
    )
    if start > end:
        raise ShapeFault(
            f"`flatten` from dimension {start} to {end}: the first comes after the last", field="end_dim"
        )
    size: Dim = 1
    for dim in shape[start : end + 1]:
        size = size * dim
    return (*shape[:start], size, *shape[end + 1 :])


def _permuted(op: ops.Permute, shape: Shape) -> Shape:
    order = [_axis(op.op, d, shape, "dims") for d in op.dims]
    if sorted(order) != list(range(len(shape))):
        raise ShapeFault(
            f"`permute` needs each of the {len(shape)} dimensions once, got {list(op.dims)}", field="dims"
        )
    return tuple(shape[d] for d in order)


def _concatenated(op: ops.Concat, inputs: tuple[TensorType, ...]) -> Shape:
    first = inputs[0].shape
    axis = _axis(op.op, op.dim, first)
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


def _narrowed(op: ops.Narrow, shape: Shape) -> Shape:
    axis = _axis(op.op, op.dim, shape)
    size = shape[axis]
    if isinstance(size, int) and op.start + op.length > size:
        raise ShapeFault(f"`narrow` to {op.start + op.length} of {size}", field="length")
    return (*shape[:axis], op.length, *shape[axis + 1 :])


def _averaged(op: ops.Mean, shape: Shape) -> Shape:
    axes = {_axis(op.op, d, shape, "dims") for d in op.dims}
    if op.keepdim:
        return tuple(1 if i in axes else d for i, d in enumerate(shape))
    return tuple(d for i, d in enumerate(shape) if i not in axes)
