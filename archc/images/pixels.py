"""Images in memory: one of Pillow's where that can hold the channels, else one of Pillow's for each channel.

Pillow has no image of more than four channels, or of more than 8 bits in three of them. Such an image is
`Planes`: resized, turned and mirrored channel by channel, by the same code as any other. Samples of 16 bits
are held as float32, which has them all, and are whole numbers again as an array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from archc.spec.pixels import RANGES

Array = npt.NDArray[Any]

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""Pillow's mode for 8 bits, by the number of channels."""


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """The pixels that a model takes.

    Attributes:
        dtype: of a sample, a key of `RANGES`; files must have it.
        range: the values that become 0.0 and 1.0; None is the dtype's own.
    """

    channels: int = 3
    dtype: str = "uint8"
    range: tuple[float, float] | None = None

    @property
    def span(self) -> tuple[float, float]:
        """The values that become 0.0 and 1.0."""
        return self.range or RANGES[self.dtype]


@dataclass(frozen=True, slots=True)
class Planes:
    """An image as one Pillow image for each channel: of mode `L` for uint8, else `F`."""

    bands: tuple[Image.Image, ...]
    format: PixelFormat

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, as Pillow has it."""
        return self.bands[0].size

    @property
    def width(self) -> int:
        return self.bands[0].width

    @property
    def height(self) -> int:
        return self.bands[0].height


Pixels = Image.Image | Planes


def each(pixels: Pixels, change: Callable[[Image.Image], Image.Image]) -> Pixels:
    """Return the image `(H, W, C)` with `change` made to all its channels alike."""
    if isinstance(pixels, Planes):
        return Planes(tuple(map(change, pixels.bands)), pixels.format)
    return change(pixels)


def resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Return the image at `size` (height, width): bilinear, with the pixels between averaged."""
    if (pixels.height, pixels.width) == size:
        return pixels
    return each(pixels, lambda image: image.resize(size[::-1], Image.Resampling.BILINEAR))


def as_array(pixels: Pixels) -> Array:
    """Return the samples `(H, W, C)` in their dtype; 16 bits are rounded to whole numbers."""
    if isinstance(pixels, Planes):
        return _rounded(np.stack([np.asarray(band) for band in pixels.bands], axis=2), pixels.format.dtype)
    array = np.asarray(pixels)
    return array[:, :, None] if array.ndim == 2 else array


def of_array(array: Array, given: PixelFormat) -> Pixels:
    """Return samples `(H, W, C)` of the format's dtype as an image."""
    if given.dtype == "uint8" and array.shape[2] in (1, 3):
        return Image.fromarray(np.ascontiguousarray(array[:, :, 0] if array.shape[2] == 1 else array))
    held = np.uint8 if given.dtype == "uint8" else np.float32
    bands = (np.ascontiguousarray(array[:, :, c], dtype=held) for c in range(array.shape[2]))
    return Planes(tuple(map(Image.fromarray, bands)), given)


def of_bytes(pixels: Pixels, value: float) -> float:
    """Return what a value of 0 to 255 is among the image's samples: as far between black and white."""
    if not isinstance(pixels, Planes) or pixels.format.dtype == "uint8":
        return value
    low, high = pixels.format.span
    return low + value / 255 * (high - low)


def viewed(pixels: Pixels) -> Image.Image:
    """Return the image as RGB `(H, W, 3)` of 8 bits, to look at: the first three channels, or one in gray.

    What lies outside of the range is drawn black or white.
    """
    if not isinstance(pixels, Planes):
        return pixels.convert("RGB")
    low, high = pixels.format.span
    count = 3 if len(pixels.bands) >= 3 else 1
    values = np.stack([np.asarray(band, dtype=np.float32) for band in pixels.bands[:count]], axis=2)
    shown = np.rint(np.clip((values - low) / (high - low), 0, 1) * 255).astype(np.uint8)
    return Image.fromarray(shown[:, :, 0]).convert("RGB") if count == 1 else Image.fromarray(shown)


def _rounded(array: Array, dtype: str) -> Array:
    if array.dtype == np.dtype(dtype):
        return array
    bounds = np.iinfo(dtype)
    rounded: Array = np.clip(np.rint(array), bounds.min, bounds.max).astype(dtype)
    return rounded
