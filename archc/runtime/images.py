"""Picture files into arrays, with nothing a picture file can do to us beyond an error."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from archc.files.errors import WorldError, from_os_error
from archc.runtime.description import Picture

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "TIFF", "WEBP")
"""What is opened. Others (EPS calls a program) stay closed whatever a file's name ends with."""

MOST_PIXELS = 80_000_000
"""A larger picture is taken for a decompression bomb."""

_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
READABLE = tuple(_MODES)
"""The numbers of channels that a picture file can be read as."""


def read_image(path: Path | str, channels: int = 3) -> Image.Image:
    """The picture at `path`, upright, as grey (1), RGB (3) or RGBA (4).

    Raises:
        WorldError: there is no such file, it is no picture, is cut short, or larger than pictures should be.
    """
    mode = _MODES.get(channels)
    if mode is None:
        raise WorldError(f"the model takes {channels} channels; `{path}` can be read as 1, 3 or 4")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                opened.load()
                return _in_mode(ImageOps.exif_transpose(opened), mode)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise WorldError(
            f"`{path}` has more than {MOST_PIXELS // 10**6} million pixels", "make it smaller"
        ) from bomb
    except UnidentifiedImageError as unknown:
        raise WorldError(
            f"`{path}` is not a picture archc can read", f"it reads {', '.join(FORMATS)}"
        ) from unknown
    except OSError as error:
        if error.errno is not None:
            raise from_os_error("read", path, error) from error
        raise WorldError(f"`{path}` is damaged: {error}", "replace the file, or leave it out") from error
    except (SyntaxError, ValueError, EOFError, IndexError, TypeError, OverflowError, MemoryError) as fault:
        # Pillow's decoders say so in many ways
        raise WorldError(
            f"`{path}` is damaged: {fault or type(fault).__name__}", "replace the file"
        ) from fault


def prepared(
    image: Image.Image, picture: Picture, size: tuple[int, int], preprocess: bool
) -> npt.NDArray[Any]:
    """The array for one picture at `size` (height, width), without the batch.

    uint8 `(H, W, C)` where the model preprocesses, else float32 `(C, H, W)`, normalised. Resizing is bilinear
    with the pixels between averaged, as in training.
    """
    height, width = size
    if (image.height, image.width) != size:
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    pixels = np.asarray(image)
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if preprocess:
        return pixels
    mean, std = np.array(picture.mean, np.float32), np.array(picture.std, np.float32)
    normalised = (pixels.astype(np.float32) / np.float32(255) - mean) / std
    return np.ascontiguousarray(normalised.transpose(2, 0, 1))


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode == "I":  # 16 bits a pixel; `convert` would clip, not scale
        image = Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    return image if image.mode == mode else image.convert(mode)
