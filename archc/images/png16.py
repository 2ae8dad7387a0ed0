"""PNG images with several samples of 16 bits a pixel, of which Pillow by itself keeps the upper 8.

Pillow's decoder takes a raw mode, which says where the samples lie in a row's bytes. The image is decoded
twice: as it is, which gives the upper bytes, and as little-endian, which gives the lower.
"""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from PIL import Image, ImageFile, ImageOps

from archc.images.pixels import Array

_LOWER = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}
_GRAY_WITH_ALPHA = "LA;16B"


def read_png16(file: BinaryIO, image: ImageFile.ImageFile, samples: int) -> Array:
    """Return the upright image, uint16 `(H, W, samples)`; `image` is opened on `file`, not loaded."""
    raw = image.tile[0].args
    if raw == _GRAY_WITH_ALPHA:
        as_they_lie = _decoded(image, "RGBA").astype(np.uint16)  # the four bytes of a pixel
        return _joined(as_they_lie[:, :, 0::2], as_they_lie[:, :, 1::2])
    upper = _decoded(image, str(raw))
    file.seek(0)
    again = Image.open(file, formats=["PNG"])
    lower = _decoded(again, _LOWER[str(raw)])
    return _joined(upper[:, :, :samples], lower[:, :, :samples])


def _joined(upper: Array, lower: Array) -> Array:
    joined: Array = upper.astype(np.uint16) << 8 | lower
    return joined


def _decoded(image: ImageFile.ImageFile, raw: str) -> Array:
    image.tile = [tile._replace(args=raw) for tile in image.tile]
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    return np.asarray(image)
