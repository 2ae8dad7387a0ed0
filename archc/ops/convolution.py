"""Convolutions of one, two and three axes, plain and transposed."""

from __future__ import annotations

from math import prod
from typing import assert_never

from archc.ops.call import Argument, Call, Layer, Value, default, first, keyword, size
from archc.ops.demands import agrees, divides, filled, ranked
from archc.ops.dims import Dim, product
from archc.ops.faults import ShapeFault
from archc.ops.geometry import axes_of, same_padding, spread, transposed, window
from archc.ops.initializers import Init, weight_or_bias
from archc.ops.tensors import Named, TensorType, known, weight_and_bias
from archc.spec import layers as ops
from archc.spec.kept import kept
from archc.spec.layers import Op
from archc.spec.layers.convolution import Convolution

Conv = ops.Conv1d | ops.Conv2d | ops.Conv3d
ConvTranspose = ops.ConvTranspose1d | ops.ConvTranspose2d | ops.ConvTranspose3d


def infer(op: Convolution, given: TensorType) -> tuple[Op, TensorType]:
    """Return the op with its channels and padding filled in, and the type of its output.

    Raises:
        ShapeFault: the op does not fit: wrong rank, contradicting channels, a kernel larger than the map.
    """
    match op:
        case ops.Conv1d() | ops.Conv2d() | ops.Conv3d():
            return _conv(op, given)
        case ops.ConvTranspose1d() | ops.ConvTranspose2d() | ops.ConvTranspose3d():
            return _conv_transpose(op, given)
        case _:
            assert_never(op)


def parameters(op: Convolution) -> Named:
    """Return the op's parameters, in torch's order."""
    kernel = spread(op.kernel_size, axes_of(op))
    match op:
        case ops.Conv1d() | ops.Conv2d() | ops.Conv3d():
            shape = (op.out_channels, known(op.in_channels) // op.groups, *kernel)
        case ops.ConvTranspose1d() | ops.ConvTranspose2d() | ops.ConvTranspose3d():
            shape = (known(op.in_channels), op.out_channels // op.groups, *kernel)
        case _:
            assert_never(op)
    return weight_and_bias(shape, op.out_channels, op.bias)


def multiply_adds(op: Convolution, given: TensorType, out: TensorType) -> Dim:
    """Return the multiplications each followed by an addition, for a batch of one."""
    taps = prod(spread(op.kernel_size, axes_of(op)))
    match op:
        case ops.Conv1d() | ops.Conv2d() | ops.Conv3d():
            return product(out.shape[1:]) * (known(op.in_channels) // op.groups * taps)
        case ops.ConvTranspose1d() | ops.ConvTranspose2d() | ops.ConvTranspose3d():
            return product(given.shape[1:]) * (op.out_channels // op.groups * taps)
        case _:
            assert_never(op)


def start(op: Convolution, name: str) -> Init:
    """Return how torch starts a parameter; its fan-in is the weight's size but for the first dimension."""
    (_, shape), *_ = parameters(op)
    return weight_or_bias(name, prod(shape[1:]))


def call(op: Convolution) -> Call:
    """Return torch's module for the op."""
    match op:
        case ops.Conv1d() | ops.Conv2d() | ops.Conv3d():
            if op.padding is None:
                raise TypeError("the op is not resolved: lower it through archc.ops.facts.infer first")
            return Layer(f"nn.Conv{axes_of(op)}d", _arguments(op, size(op.padding)))
        case ops.ConvTranspose1d() | ops.ConvTranspose2d() | ops.ConvTranspose3d():
            extra = (default("output_padding", size(op.output_padding), 0),)
            return Layer(f"nn.ConvTranspose{axes_of(op)}d", _arguments(op, size(op.padding), extra))
        case _:
            assert_never(op)


def _arguments(op: Convolution, padding: Value, extra: tuple[Argument, ...] = ()) -> tuple[Argument, ...]:
    return (
        first("in_channels", op.in_channels),
        first("out_channels", op.out_channels),
        keyword("kernel_size", size(op.kernel_size)),
        default("stride", size(op.stride), 1),
        default("padding", padding, 0),
        *extra,
        default("dilation", size(op.dilation), 1),
        default("groups", op.groups, 1),
        default("bias", op.bias, True),
    )


def _conv(op: Conv, given: TensorType) -> tuple[Op, TensorType]:
    """Return a convolution with its channels and padding filled in, and what it makes."""
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
    """Return kernel, stride, padding and dilation along each axis."""
    axes = axes_of(op)
    kernel, dilation = spread(op.kernel_size, axes), spread(op.dilation, axes)
    padding = same_padding(kernel, dilation) if op.padding is None else spread(op.padding, axes)
    return tuple(zip(kernel, spread(op.stride, axes), padding, dilation, strict=True))


def _conv_transpose(op: ConvTranspose, given: TensorType) -> tuple[Op, TensorType]:
    """Return a transposed convolution with its channels filled in, and what it makes."""
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
