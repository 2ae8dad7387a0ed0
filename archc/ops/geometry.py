"""Arithmetic of windows: the height and width that a kernel leaves. Source: torch's layers."""

from __future__ import annotations

from archc.ops.dims import Dim
from archc.ops.faults import ShapeFault
from archc.spec.layers import Op

Pair = tuple[int, int]


def axes_of(op: Op) -> int:
    """Return over how many axes an op works whose name says so: 2 for `conv2d`."""
    return int(op.op[-2])


def pair(value: int | Pair) -> Pair:
    """Return one number meant for both height and width, or the two numbers."""
    return (value, value) if isinstance(value, int) else value


def spread(value: int | tuple[int, ...], axes: int) -> tuple[int, ...]:
    """Return one number meant for every axis, or a number for each."""
    return (value,) * axes if isinstance(value, int) else value


def window(size: Dim, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool = False) -> Dim:
    """Return the number of places a window can stand on along one axis of `size`."""
    reach = dilation * (kernel - 1) + 1
    span = size + (2 * padding - reach)
    # with ceil_mode a window may hang over the edge by up to a stride
    if isinstance(span, int) and span < (1 - stride if ceil_mode else 0):
        raise ShapeFault(
            f"a kernel of {reach} pixels does not fit {size} pixels with padding {padding}",
            field="kernel_size",
            help="use a larger input, a smaller kernel or fewer reductions before it",
        )
    if not ceil_mode:
        return span // stride + 1
    places = (span + (stride - 1)) // stride + 1
    # torch drops a last window that would start in the padding on the right
    if stride + padding > reach and isinstance(places, int):
        assert isinstance(size, int)
        if (places - 1) * stride >= size + padding:
            return places - 1
    return places


def transposed(size: Dim, kernel: int, stride: int, padding: int, output_padding: int, dilation: int) -> Dim:
    """Return the size a transposed convolution makes of `size`."""
    out = (size - 1) * stride + (dilation * (kernel - 1) + output_padding + 1 - 2 * padding)
    if isinstance(out, int) and out < 1:
        raise ShapeFault(
            f"the transposed convolution leaves {out} of {size} pixels",
            field="padding",
            help="use less padding",
        )
    return out


def same_padding(kernel: tuple[int, ...], dilation: tuple[int, ...]) -> tuple[int, ...]:
    """Return the padding of each axis that keeps the size at stride 1 for odd kernels."""
    return tuple([d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True)])
