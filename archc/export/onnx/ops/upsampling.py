"""Upsampling, and maps at other sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import numpy as np
from onnx import TensorProto

from archc.export.onnx.builder import Attribute, Builder, Place
from archc.export.onnx.nearest import always_agree, torch_indices
from archc.ops.node import Node
from archc.ops.tensors import Shape
from archc.spec import layers as ops
from archc.spec.layers.upsampling import Upsampling

FLOAT, INT64 = int(TensorProto.FLOAT), int(TensorProto.INT64)

_MODES: dict[str, dict[str, Attribute]] = {
    "nearest": {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
    "bilinear": {"mode": "linear", "coordinate_transformation_mode": "half_pixel"},
    "bicubic": {
        "mode": "cubic",
        "coordinate_transformation_mode": "half_pixel",
        "cubic_coeff_a": -0.75,
    },
}
"""How torch's interpolate counts pixels, in ONNX's words."""


def write(build: Builder, node: Node, op: Upsampling, inputs: list[str], given: list[Shape]) -> str:
    """Write the ONNX nodes of `op` and return the name of the value.

    `given` are the shapes of the inputs.

    Raises:
        ExportFault: the op has no exact form at this opset or with these open sizes.
    """
    x = inputs[0]
    match op:
        case ops.Upsample():
            return upsample(build, op, x, given[0], node.out.shape)
        case ops.PixelShuffle():
            return build.one("DepthToSpace", x, blocksize=op.upscale_factor, mode="CRD")
        case ops.PixelUnshuffle():
            return pixel_unshuffle(build, op.downscale_factor, x, given[0])
        case _:
            assert_never(op)


def resize_like(build: Builder, mode: str, inputs: list[str], given: Shape, out: Shape) -> str:
    """Write the first input at the second one's height and width, known or read at run time."""
    x, like = inputs
    if mode == "nearest" and not all(always_agree(a, b) for a, b in zip(given[2:], out[2:], strict=True)):
        return _picked(build, x, like, given, out)
    return _resized(build, x, like, given, out, _MODES[mode])


def upsample(build: Builder, op: ops.Upsample, x: str, given: Shape, out: Shape) -> str:
    """Write height and width times a whole number, or at a size."""
    mode = dict(_MODES[op.mode])
    if op.align_corners:
        mode["coordinate_transformation_mode"] = "align_corners"
    if op.size is not None:
        if op.mode == "nearest" and not all(map(always_agree, given[2:], out[2:])):
            return _picked(build, x, x, given, out)
        return _resized(build, x, x, given, out, mode)
    factor = op.scale_factor or 2
    return _scaled(build, x, (factor, factor), mode)


def _resized(
    build: Builder, x: str, like: str, given: Shape, out: Shape, mode: Mapping[str, Attribute]
) -> str:
    """Write a Resize to the height and width `out`, read from `like` where they are open.

    All four axes are named. Of only two with `axes`, onnxruntime (1.32) loses track where its layout
    optimizer moves a Transpose past the Resize, its symbolic shape inference reads them as the whole shape,
    and older parsers know no `axes`. A whole factor is said by scales, which need no size read at run time.
    """
    factors = _whole_factors(given, out)
    if factors is not None:
        return _scaled(build, x, factors, mode)
    sizes = build.shape(Place(dim, x if axis < 2 else like, axis) for axis, dim in enumerate(out))
    return build.one("Resize", x, "", "", sizes, **mode)


def _whole_factors(given: Shape, out: Shape) -> tuple[int, int] | None:
    """Return the whole numbers that known heights and widths are multiplied by; None where they are not."""
    pairs = [
        (a, b) for a, b in zip(given[2:], out[2:], strict=True) if isinstance(a, int) and isinstance(b, int)
    ]
    if len(pairs) < 2 or any(b % a for a, b in pairs):
        return None
    (height, up), (width, across) = pairs
    return up // height, across // width


def _scaled(build: Builder, x: str, factors: tuple[int, int], mode: Mapping[str, Attribute]) -> str:
    """Write a Resize by whole factors of height and width."""
    name = "_".join(map(str, dict.fromkeys(factors)))
    scales = build.constant(f"float32.scales.{name}", np.array([1, 1, *factors], np.float32))
    return build.one("Resize", x, "", scales, **mode)


def pixel_unshuffle(build: Builder, factor: int, x: str, given: Shape) -> str:
    """Write a SpaceToDepth, whose places come first, and a Gather that has the channels first."""
    channels = given[1]
    assert isinstance(channels, int)
    places = build.one("SpaceToDepth", x, blocksize=factor)
    order = np.arange(channels * factor * factor, dtype=np.int64).reshape(-1, channels).T.reshape(-1)
    return build.one("Gather", places, build.constant(f"unshuffle.{channels}.{factor}", order), axis=1)


def _picked(build: Builder, x: str, like: str, given: Shape, out: Shape) -> str:
    """Write rows and columns gathered by torch's arithmetic, where Resize would round otherwise."""
    for axis in (2, 3):
        size, wanted = given[axis], out[axis]
        if size == wanted:
            continue
        if isinstance(size, int) and isinstance(wanted, int):
            pixels = build.constant(f"int64.nearest.{size}.{wanted}", torch_indices(size, wanted))
        else:
            goal = build.ints(wanted) if isinstance(wanted, int) else build.shape_of(like, axis, axis + 1)
            pixels = _pixels(build, build.shape_of(x, axis, axis + 1), goal)
        x = build.one("Gather", x, pixels, axis=axis)
    return x


def _pixels(build: Builder, size: str, wanted: str) -> str:
    """Write min(floor(i * (size / wanted)), size - 1) for i below `wanted`, in float32 as torch has it."""
    ratio = build.one("Div", *(build.one("Cast", v, to=FLOAT) for v in (size, wanted)))
    end = build.one("Squeeze", wanted)
    numbers = build.one("Cast", build.one("Range", build.index(0), end, build.index(1)), to=FLOAT)
    whole = build.one("Cast", build.one("Floor", build.one("Mul", numbers, ratio)), to=INT64)
    return build.one("Min", whole, build.one("Sub", size, build.ints(1)))
