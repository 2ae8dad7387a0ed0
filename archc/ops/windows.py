"""What convolutions and pools of one, two and three axes do to a shape."""

from __future__ import annotations

from archc.ops.demands import agrees, divides, filled, ranked
from archc.ops.dims import Dim
from archc.ops.faults import ShapeFault
from archc.ops.geometry import same_padding, spread, transposed, window
from archc.ops.kept import kept
from archc.ops.tensors import TensorType
from archc.spec import layers as ops
from archc.spec.layers import Op

Conv = ops.Conv1d | ops.Conv2d | ops.Conv3d
ConvTranspose = ops.ConvTranspose1d | ops.ConvTranspose2d | ops.ConvTranspose3d
MaxPool = ops.MaxPool1d | ops.MaxPool2d | ops.MaxPool3d
AvgPool = ops.AvgPool1d | ops.AvgPool2d | ops.AvgPool3d
AdaptivePool = (
    ops.AdaptiveAvgPool1d
    | ops.AdaptiveAvgPool2d
    | ops.AdaptiveAvgPool3d
    | ops.AdaptiveMaxPool1d
    | ops.AdaptiveMaxPool2d
    | ops.AdaptiveMaxPool3d
    | ops.AdaptiveConcatPool2d
)


def axes_of(op: Op) -> int:
    """Over how many axes an op works whose name says so: 2 for `conv2d`."""
    return int(op.op[-2])


def conv(op: Conv, given: TensorType) -> tuple[Op, TensorType]:
    """A convolution with its channels and padding filled in, and what it makes."""
    windows = _windows(op)
    n, c, *sizes = ranked(op.op, given, len(windows) + 2)
    if op.in_channels != c or op.padding is None:
        agrees(op, "in_channels", c)
        padding = tuple([pad for _, _, pad, _ in windows])
        op = op.changed(in_channels=c, padding=padding[0] if len(padding) == 1 else padding)
    if op.groups != 1:
        _grouped(op, c)
    out = [window(size, *each) for size, each in zip(sizes, windows, strict=True)]
    return op, TensorType((n, op.out_channels, *out))


@kept
def _windows(op: Conv) -> tuple[tuple[int, int, int, int], ...]:
    """Kernel, stride, padding and dilation along each axis."""
    axes = axes_of(op)
    kernel, dilation = spread(op.kernel_size, axes), spread(op.dilation, axes)
    padding = same_padding(kernel, dilation) if op.padding is None else spread(op.padding, axes)
    return tuple(zip(kernel, spread(op.stride, axes), padding, dilation, strict=True))


def conv_transpose(op: ConvTranspose, given: TensorType) -> tuple[Op, TensorType]:
    """A transposed convolution with its channels filled in, and what it makes."""
    axes = axes_of(op)
    n, c, *sizes = ranked(op.op, given, axes + 2)
    op = filled(op, "in_channels", c)
    _grouped(op, c)
    fields = (op.kernel_size, op.stride, op.padding, op.output_padding, op.dilation)
    k, s, p, o, d = (spread(field, axes) for field in fields)
    if any(extra >= max(step, wide) for extra, step, wide in zip(o, s, d, strict=True)):
        raise ShapeFault(
            f"output_padding {op.output_padding} must be smaller than stride {op.stride}"
            f" or dilation {op.dilation}",
            field="output_padding",
            help="output_padding only settles which of several sizes a stride can come from",
        )
    out = [transposed(size, k[i], s[i], p[i], o[i], d[i]) for i, size in enumerate(sizes)]
    return op, TensorType((n, op.out_channels, *out))


def _grouped(op: Conv | ConvTranspose, channels: Dim) -> None:
    divides(op.op, "groups", op.groups, channels)
    divides(op.op, "groups", op.groups, op.out_channels)


def pool(op: MaxPool | AvgPool, given: TensorType) -> tuple[Op, TensorType]:
    """A pool with its stride filled in, and what it makes."""
    axes = axes_of(op)
    n, c, *sizes = ranked(op.op, given, axes + 2)
    if op.stride is None:
        op = op.changed(stride=op.kernel_size)
    k, s, p = (spread(field, axes) for field in (op.kernel_size, op.stride or 1, op.padding))
    d = spread(op.dilation, axes) if isinstance(op, MaxPool) else (1,) * axes
    if any(2 * pad > kernel for pad, kernel in zip(p, k, strict=True)):
        raise ShapeFault(
            f"padding {op.padding} is more than half of kernel_size {op.kernel_size}",
            field="padding",
            help="a pooling window must see at least one pixel of the map",
        )
    if axes == 3 and any(isinstance(size, int) and size < k[i] for i, size in enumerate(sizes)):
        raise ShapeFault(  # torch's own rule, which has it for volumes only
            f"a kernel of {op.kernel_size} does not fit {given}, whatever the padding",
            field="kernel_size",
            help="use a smaller kernel",
        )
    out = [window(size, k[i], s[i], p[i], d[i], op.ceil_mode) for i, size in enumerate(sizes)]
    return op, TensorType((n, c, *out))


def adaptive_pool(op: AdaptivePool, given: TensorType) -> TensorType:
    """What an adaptive pool makes: its cells, whatever the input's size."""
    axes = axes_of(op)
    n, c, *_ = ranked(op.op, given, axes + 2)
    channels = c * 2 if isinstance(op, ops.AdaptiveConcatPool2d) else c
    return TensorType((n, channels, *spread(op.output_size, axes)))
