"""Images in memory: the bytes of a file, one of Pillow's, or an array; read by the rules of files."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
from PIL import Image, ImageOps

from archc.images import faults
from archc.images.arrays import finite
from archc.images.pixels import MODES, Array, PixelFormat, Pixels, of_array
from archc.images.reading import CONVERTED, SPLIT, opened, pixels_of, require_size, rounds

Held = bytes | Image.Image | Array


def held_image(held: Held, wanted: PixelFormat, name: Path) -> Pixels:
    """Return the image as the model takes it; an array is `(H, W)` or `(H, W, C)` of the model's dtype.

    `name` is what faults call it.

    Raises:
        WorldError: it is no image, too large, or its pixels are not what the model takes.
    """
    if isinstance(held, bytes):
        return _of_bytes(held, wanted, name)
    if isinstance(held, Image.Image) and wanted.dtype == "uint8":
        return _of_pillow(held, wanted, name)
    return _of_array(np.asarray(held), wanted, name)


def _of_bytes(data: bytes, wanted: PixelFormat, name: Path) -> Pixels:
    with TemporaryFile() as file:  # decoders ask for the size of what they read, which memory does not tell
        file.write(data)
        file.seek(0)
        with opened(name, file) as source:
            return pixels_of(source, wanted)


def _of_pillow(image: Image.Image, wanted: PixelFormat, name: Path) -> Pixels:
    require_size(name, image.size)
    if image.mode not in CONVERTED:
        raise faults.other_mode(name, image.mode)
    upright = ImageOps.exif_transpose(image)
    if wanted.channels in MODES:
        upright.info.pop("transparency", None)
        return upright.convert(MODES[wanted.channels])
    if image.mode not in SPLIT:
        raise faults.other_mode(name, image.mode)
    return _of_array(np.asarray(upright), wanted, name)


def _of_array(array: Array, wanted: PixelFormat, name: Path) -> Pixels:
    if array.ndim not in (2, 3):
        raise faults.no_image_shape(name, array.shape)
    samples = array.reshape(*array.shape[:2], -1) if array.size else array[..., None]
    require_size(name, (array.shape[1], array.shape[0]))
    found = array.dtype.name
    if found != wanted.dtype and not rounds(found, wanted.dtype):
        raise faults.other_dtype(name, found, wanted.dtype)
    if samples.shape[2] != wanted.channels:
        raise faults.other_channels(name, samples.shape[2], wanted.channels, "NPY")
    if wanted.dtype == "uint8" and wanted.channels in MODES:
        single = samples[:, :, 0] if wanted.channels == 1 else samples
        return Image.fromarray(np.ascontiguousarray(single))
    return of_array(finite(name, samples, wanted.dtype), wanted)
