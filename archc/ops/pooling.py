"""Pooling."""

from __future__ import annotations

from typing import assert_never

from archc.ops.call import Argument, Call, Layer, default, first, keyword, size
from archc.ops.demands import ranked
from archc.ops.faults import ShapeFault
from archc.ops.geometry import axes_of, spread, window
from archc.ops.tensors import TensorType
from archc.ops.traits import Traits
from archc.spec import layers as ops
from archc.spec.layers import Op
from archc.spec.layers.pooling import Pooling

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


def infer(op: Pooling, given: TensorType) -> tuple[Op, TensorType]:
    """Return the op with its stride filled in, and the type of its output. `ShapeFault` for a misfit."""
    match op:
        case ops.MaxPool1d() | ops.MaxPool2d() | ops.MaxPool3d():
            return _windowed(op, given)
        case ops.AvgPool1d() | ops.AvgPool2d() | ops.AvgPool3d():
            return _windowed(op, given)
        case ops.AdaptiveAvgPool1d() | ops.AdaptiveAvgPool2d() | ops.AdaptiveAvgPool3d():
            return op, _adaptive(op, given)
        case ops.AdaptiveMaxPool1d() | ops.AdaptiveMaxPool2d() | ops.AdaptiveMaxPool3d():
            return op, _adaptive(op, given)
        case ops.AdaptiveConcatPool2d():
            return op, _adaptive(op, given)
        case ops.GlobalAvgPool2d() | ops.GlobalMaxPool2d():
            shape = ranked(op.op, given, 4)
            return op, TensorType((*shape[:2], 1, 1))
        case ops.BlurPool2d():
            ranked(op.op, given, 4)
            return op, given
        case _:
            assert_never(op)


def call(op: Pooling) -> Call:
    """Return torch's module for the op."""
    match op:
        case ops.MaxPool1d() | ops.MaxPool2d() | ops.MaxPool3d():
            extra = (default("dilation", size(op.dilation), 1),)
            return Layer(f"nn.MaxPool{axes_of(op)}d", _window(op, extra))
        case ops.AvgPool1d() | ops.AvgPool2d() | ops.AvgPool3d():
            extra = (default("count_include_pad", op.count_include_pad, True),)
            return Layer(f"nn.AvgPool{axes_of(op)}d", _window(op, extra))
        case ops.AdaptiveAvgPool1d() | ops.AdaptiveAvgPool2d() | ops.AdaptiveAvgPool3d():
            return Layer(f"nn.AdaptiveAvgPool{axes_of(op)}d", (first("output_size", size(op.output_size)),))
        case ops.AdaptiveMaxPool1d() | ops.AdaptiveMaxPool2d() | ops.AdaptiveMaxPool3d():
            return Layer(f"nn.AdaptiveMaxPool{axes_of(op)}d", (first("output_size", size(op.output_size)),))
        case ops.AdaptiveConcatPool2d():
            return Layer("AdaptiveConcatPool2d", (first("output_size", size(op.output_size)),))
        case ops.GlobalAvgPool2d():
            return Layer("nn.AdaptiveAvgPool2d", (first("output_size", 1),))
        case ops.GlobalMaxPool2d():
            return Layer("nn.AdaptiveMaxPool2d", (first("output_size", 1),))
        case ops.BlurPool2d():
            return Layer("BlurPool2d")
        case _:
            assert_never(op)


def traits(op: Pooling) -> Traits:
    """Return what holds of the op whatever it reads.

    Without a deterministic backward pass on CUDA are those that torch.use_deterministic_algorithms lists.
    """
    match op:
        case ops.MaxPool1d() | ops.MaxPool2d() | ops.MaxPool3d():
            return Traits()
        case ops.AvgPool1d() | ops.AvgPool2d():
            return Traits()
        case ops.AvgPool3d():
            return Traits(unsteady=True)
        case ops.AdaptiveAvgPool1d() | ops.AdaptiveAvgPool2d() | ops.AdaptiveAvgPool3d():
            unsteady = set(spread(op.output_size, axes_of(op))) != {1}
            return Traits(grid=True, idle="same", unsteady=unsteady)
        case ops.AdaptiveMaxPool1d() | ops.AdaptiveMaxPool2d() | ops.AdaptiveMaxPool3d():
            return Traits(grid=True, idle="same", unsteady=True)
        case ops.AdaptiveConcatPool2d() | ops.GlobalMaxPool2d():
            return Traits(grid=True, unsteady=True)
        case ops.GlobalAvgPool2d():
            return Traits(grid=True)
        case ops.BlurPool2d():
            return Traits()
        case _:
            assert_never(op)


def _window(op: MaxPool | AvgPool, extra: tuple[Argument, ...]) -> tuple[Argument, ...]:
    kernel = size(op.kernel_size)
    return (
        keyword("kernel_size", kernel),
        keyword("stride", kernel if op.stride is None else size(op.stride)),
        default("padding", size(op.padding), 0),
        *extra,
        default("ceil_mode", op.ceil_mode, False),
    )


def _windowed(op: MaxPool | AvgPool, given: TensorType) -> tuple[Op, TensorType]:
    """Return a pool with its stride filled in, and what it makes."""
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


def _adaptive(op: AdaptivePool, given: TensorType) -> TensorType:
    """Return the type of an adaptive pool's output: its cells, whatever the input's size."""
    axes = axes_of(op)
    n, c, *_ = ranked(op.op, given, axes + 2)
    channels = c * 2 if isinstance(op, ops.AdaptiveConcatPool2d) else c
    return TensorType((n, channels, *spread(op.output_size, axes)))
