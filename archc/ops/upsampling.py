"""Upsampling."""

from __future__ import annotations

from typing import assert_never

from archc.ops.call import Call, Layer, default, first, keyword, size
from archc.ops.demands import divides, ranked
from archc.ops.faults import ShapeFault
from archc.ops.geometry import pair
from archc.ops.tensors import TensorType
from archc.ops.traits import Traits
from archc.spec import layers as ops
from archc.spec.layers import Op
from archc.spec.layers.upsampling import Upsampling


def infer(op: Upsampling, given: TensorType) -> tuple[Op, TensorType]:
    """Return the op with its factor filled in, and the type of its output. `ShapeFault` for a misfit."""
    match op:
        case ops.Upsample():
            return _upsample(op, given)
        case ops.PixelShuffle():
            n, c, h, w = ranked(op.op, given, 4)
            r = op.upscale_factor
            divides(op.op, "upscale_factor", r * r, c)
            return op, TensorType((n, c // (r * r), h * r, w * r))
        case ops.PixelUnshuffle():
            return op, _pixel_unshuffle(op, given)
        case _:
            assert_never(op)


def _upsample(op: ops.Upsample, given: TensorType) -> tuple[ops.Upsample, TensorType]:
    n, c, h, w = ranked(op.op, given, 4)
    if op.align_corners and op.mode == "nearest":
        raise ShapeFault("`nearest` has no corners to align", field="align_corners")
    if op.size is not None:
        if op.scale_factor is not None:
            raise ShapeFault(
                "`upsample` has both a size and a scale_factor", field="scale_factor", help="keep one"
            )
        return op, TensorType((n, c, *pair(op.size)))
    factor = 2 if op.scale_factor is None else op.scale_factor
    if op.scale_factor is None:
        op = op.changed(scale_factor=factor)
    return op, TensorType((n, c, h * factor, w * factor))


def _pixel_unshuffle(op: ops.PixelUnshuffle, given: TensorType) -> TensorType:
    n, c, h, w = ranked(op.op, given, 4)
    r = op.downscale_factor
    for side in (h, w):
        if isinstance(side, int) and side % r:
            raise ShapeFault(
                f"`pixel_unshuffle` by {r} needs a height and width that it divides, got {h}x{w}",
                field="downscale_factor",
            )
    return TensorType((n, c * (r * r), h // r, w // r))


def call(op: Upsampling) -> Call:
    """Return torch's module for the op."""
    match op:
        case ops.Upsample():
            grown = (
                keyword("scale_factor", op.scale_factor)
                if op.size is None
                else keyword("size", size(op.size))
            )
            corners = () if op.mode == "nearest" else (keyword("align_corners", op.align_corners),)
            return Layer("nn.Upsample", (grown, default("mode", op.mode, "nearest"), *corners))
        case ops.PixelUnshuffle():
            return Layer("nn.PixelUnshuffle", (first("downscale_factor", op.downscale_factor),))
        case ops.PixelShuffle():
            return Layer("nn.PixelShuffle", (first("upscale_factor", op.upscale_factor),))
        case _:
            assert_never(op)


def traits(op: Upsampling) -> Traits:
    """Return what holds of the op whatever it reads."""
    match op:
        case ops.Upsample():
            return Traits(reshapes=True, idle="same")
        case ops.PixelShuffle() | ops.PixelUnshuffle():
            return Traits(idle="same")
        case _:
            assert_never(op)
