"""Maps at other sizes, and pictures into maps."""

from __future__ import annotations

import numpy as np

from archc.catalog.graph import Node
from archc.catalog.tensors import Shape
from archc.export.onnx_builder import Attribute, Builder
from archc.spec import layers as ops

_MODES: dict[str, dict[str, Attribute]] = {
    "nearest": {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
    "bilinear": {"mode": "linear", "coordinate_transformation_mode": "half_pixel"},
}
"""How torch's interpolate counts pixels, in ONNX's words."""


def resize_like(build: Builder, mode: str, inputs: list[str], out: Shape) -> str:
    """The first input at the second one's height and width, known or read at run time."""
    x, like = inputs
    known = [d for d in out[2:] if isinstance(d, int)]
    sizes = build.ints(*known) if len(known) == 2 else build.shape_of(like, 2, 4)
    return build.one("Resize", x, "", "", sizes, axes=(2, 3), **_MODES[mode])


def upsample(build: Builder, op: ops.Upsample, x: str) -> str:
    """Height and width times a whole number."""
    factor = op.scale_factor
    scales = build.constant(f"float32.scales.{factor}", np.array([factor, factor], np.float32))
    return build.one("Resize", x, "", scales, axes=(2, 3), **_MODES[op.mode])


def image_to_float(build: Builder, name: str, x: str) -> str:
    """uint8 `(N, H, W, C)` as float32 `(N, C, H, W)`; 1 / 255 is left to the norm that follows, if one does."""
    turned = build.one("Transpose", x, perm=(0, 3, 1, 2))
    value = build.one("Cast", turned, to=1)
    return value if name in build.unscaled else build.one("Mul", value, build.scalar(1 / 255))


def normalize(build: Builder, op: ops.Normalize, node: Node, x: str) -> str:
    """(x - mean) / std as one Mul and one Add for each channel."""
    per_unit = 255.0 if node.inputs[0] in build.unscaled else 1.0
    std, mean = (np.array(v, np.float64).reshape(-1, 1, 1) for v in (op.std, op.mean))
    scaled = build.one("Mul", x, build.weight(f"{node.name}.scale", 1 / (std * per_unit)))
    return build.one("Add", scaled, build.weight(f"{node.name}.shift", -mean / std))
