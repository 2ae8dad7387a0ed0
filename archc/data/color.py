"""Random changes of color: brightness, contrast, saturation, hue. All are linear: one pass of one matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageStat

from archc.images.pixels import Pixels, Planes
from archc.spec.data import Augment

# Red, green, blue to lightness and two axes of color (YIQ). The first row is ITU-R BT.601's, Pillow's `L`.
_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
_FROM_YIQ = np.linalg.inv(_TO_YIQ)


@dataclass(frozen=True, slots=True)
class Colors:
    """Factors, 1 for no change; `turn` is the hue's, in full circles."""

    brightness: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0
    turn: float = 0.0


AS_THEY_ARE = Colors()


def draw_colors(augment: Augment, unit: Sequence[float]) -> Colors:
    """Return colors from four numbers of 0 to 1; a strength of s gives a factor of 1-s to 1+s, at least 0."""
    strengths = (augment.brightness, augment.contrast, augment.saturation)
    factors = [max(1 + s * (2 * u - 1), 0.0) for s, u in zip(strengths, unit, strict=False)]
    return Colors(factors[0], factors[1], factors[2], augment.hue * (2 * unit[3] - 1))


def recolored(image: Pixels, colors: Colors) -> Pixels:
    """Return the image recolored: saturation and hue where it has 3 channels; alpha stays as it is."""
    if colors == AS_THEY_ARE:
        return image
    if isinstance(image, Planes):
        return _of_planes(image, colors)
    gain = colors.brightness * colors.contrast
    # Contrast scales about the image's own mean lightness.
    offset = (1 - colors.contrast) * colors.brightness * ImageStat.Stat(image.convert("L")).mean[0]
    if image.mode == "L":
        return image.point([min(max(round(value * gain + offset), 0), 255) for value in range(256)])
    rows = np.column_stack([_tint(colors) * gain, np.full(3, offset)])
    changed = image.convert("RGB").convert("RGB", tuple(rows.ravel().tolist()))
    if image.mode == "RGBA":
        changed.putalpha(image.getchannel("A"))
    return changed


def _of_planes(image: Planes, colors: Colors) -> Planes:
    """Brighten all channels, and raise their contrast, alike: within what their dtype holds."""
    low, _ = image.format.span
    values = np.stack([np.asarray(band, dtype=np.float32) for band in image.bands]) - np.float32(low)
    rgb = len(image.bands) == 3
    mean = float(np.tensordot(_TO_YIQ[0], values, 1).mean() if rgb else values.mean())
    made = np.tensordot(_tint(colors), values, 1) if rgb else values
    gain, offset = colors.brightness * colors.contrast, (1 - colors.contrast) * colors.brightness * mean
    made = made * gain + (offset + low)
    if image.format.dtype != "float32":
        bounds = np.iinfo(image.format.dtype)
        made = np.clip(np.rint(made), bounds.min, bounds.max)
    held = np.uint8 if image.format.dtype == "uint8" else np.float32
    return Planes(tuple(Image.fromarray(band) for band in made.astype(held)), image.format)


def _tint(colors: Colors) -> NDArray[np.float64]:
    """Return the matrix (3, 3) of saturation and hue on RGB: a stretch and a turn about the gray axis."""
    angle, stretch = 2 * math.pi * colors.turn, colors.saturation
    cos, sin = stretch * math.cos(angle), stretch * math.sin(angle)
    turn = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    tint: NDArray[np.float64] = _FROM_YIQ @ turn @ _TO_YIQ
    return tint
