"""Convolutions and pools of one, two and three axes as torch's own layers."""

from __future__ import annotations

from archc.export.source.pieces import Argument, Layer, Value, default, first, keyword, size
from archc.ops.windows import AvgPool, Conv, ConvTranspose, MaxPool, axes_of


def convolution(op: Conv) -> Layer:
    """`nn.Conv2d` and its like."""
    assert op.padding is not None  # inferred
    return Layer(f"nn.Conv{axes_of(op)}d", _arguments(op, size(op.padding)))


def transposed(op: ConvTranspose) -> Layer:
    """`nn.ConvTranspose2d` and its like."""
    extra = (default("output_padding", size(op.output_padding), 0),)
    return Layer(f"nn.ConvTranspose{axes_of(op)}d", _arguments(op, size(op.padding), extra))


def max_pool(op: MaxPool) -> Layer:
    """`nn.MaxPool2d` and its like."""
    extra = (default("dilation", size(op.dilation), 1),)
    return Layer(f"nn.MaxPool{axes_of(op)}d", _window(op, extra))


def avg_pool(op: AvgPool) -> Layer:
    """`nn.AvgPool2d` and its like."""
    extra = (default("count_include_pad", op.count_include_pad, True),)
    return Layer(f"nn.AvgPool{axes_of(op)}d", _window(op, extra))


def _arguments(
    op: Conv | ConvTranspose, padding: Value, extra: tuple[Argument, ...] = ()
) -> tuple[Argument, ...]:
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


def _window(op: MaxPool | AvgPool, extra: tuple[Argument, ...]) -> tuple[Argument, ...]:
    kernel = size(op.kernel_size)
    return (
        keyword("kernel_size", kernel),
        keyword("stride", kernel if op.stride is None else size(op.stride)),
        default("padding", size(op.padding), 0),
        *extra,
        default("ceil_mode", op.ceil_mode, False),
    )
