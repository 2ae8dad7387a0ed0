"""Reading an image file: bounded, by its first bytes, every fault names the file.

`read_image` and `require_image` open a file alike, so that a header's faults are found without decoding.
The rule for pixels: samples have the dtype that the model takes, never rescaled; colors of 8 bits are
converted to gray, RGB or RGBA (alpha is dropped, palettes and CMYK are resolved); any other image has as
many channels as the model. Of several frames the first is read. EXIF's orientation is applied.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

from archc.files.errors import from_os_error
from archc.files.image_header import NpyHeader, header_of, image_format, npy_header
from archc.files.regular import open_regular
from archc.files.tiff_header import TiffHeader, tiff_header
from archc.images import faults
from archc.images.arrays import finite, read_npy
from archc.images.pixels import MODES, Array, PixelFormat, Pixels, Planes, of_array
from archc.images.png16 import read_png16
from archc.images.tiff import read_stack

LARGEST = 80_000_000
"""Pixels of the largest image that is decoded; a bit under the size at which Pillow warns."""

LONGEST = 65_535
"""Pixels of the longest side."""

LARGEST_BYTES = 1 << 30
"""Of all samples together."""

_ON_THEIR_SIDE = (5, 6, 7, 8)
"""EXIF's orientations that exchange height and width."""

CONVERTED = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr")
"""Pillow's modes of 8 bits that become gray, RGB or RGBA."""

SPLIT = ("L", "LA", "RGB", "RGBA", "RGBX")
"""Pillow's modes of 8 bits whose bands are taken as they are, where a model takes as many channels."""

_SINGLE = ("uint16", "int16", "float32")
"""Of one such sample a pixel, Pillow reads a TIFF."""

_DAMAGE = (
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    MemoryError,
    struct.error,
)
"""The exceptions that decoders raise for damaged files."""


@dataclass(frozen=True, slots=True)
class Source:
    """An open file: what its header says, and what reads on; `image` is None where Pillow cannot.

    Attributes:
        size: width and height as stored.
    """

    path: Path
    file: BinaryIO
    format: str
    size: tuple[int, int]
    dtype: str
    samples: int
    image: ImageFile.ImageFile | None = None
    npy: NpyHeader | None = None
    tiff: TiffHeader | None = None

    @property
    def mode(self) -> str:
        """Pillow's word for pixels of 8 bits, as `RGB`; else a pixel's samples, as `uint16`, `6 x uint16`."""
        if self.image is not None and self.dtype == "uint8":
            return self.image.mode
        return self.dtype if self.samples == 1 else f"{self.samples} x {self.dtype}"


def read_image(path: Path | str, wanted: PixelFormat) -> Pixels:
    """Return the image whole in memory, upright.

    Raises:
        WorldError: there is no such file, it is no image, damaged or too large, or its pixels are not what
            the model takes.
    """
    with opened(path) as source:
        return pixels_of(source, wanted)


def pixels_of(source: Source, wanted: PixelFormat) -> Pixels:
    """Return an open file's image whole in memory, upright. `WorldError` as `read_image`."""
    _require(source, wanted)
    if source.npy is not None:
        return of_array(read_npy(source.path, source.file, source.npy, wanted.dtype), wanted)
    if source.image is None:
        assert source.tiff is not None
        stack = read_stack(source.path, source.file, source.tiff)
        return of_array(finite(source.path, stack, wanted.dtype), wanted)
    return _loaded(source, source.image, wanted)


def require_image(path: Path | str, wanted: PixelFormat) -> tuple[int, int]:
    """Return width and height of the upright image, from the header alone.

    Raises:
        WorldError: where `read_image` would say the same of the header.
    """
    with opened(path) as source:
        _require(source, wanted)
        return _upright_size(source)


def image_size(path: Path | str) -> tuple[int, int]:
    """Return width and height of the upright image, from the header alone. `WorldError` names `path`."""
    with opened(path) as source:
        return _upright_size(source)


def image_mode(path: Path | str) -> str:
    """Return the word for a file's pixels: `L`, `RGB`, `CMYK`, `uint16`. `WorldError` names `path`."""
    with opened(path) as source:
        return source.mode


@contextmanager
def opened(path: Path | str, file: BinaryIO | None = None) -> Iterator[Source]:
    """Open an image file, its header read and its size checked; `file` is one that is open already.

    Raises:
        WorldError: it is no file, no image that archc reads, too large, or damaged, also where that shows
            only inside of the `with` block.
    """
    path = Path(path)
    try:
        with nullcontext(file) if file is not None else open_regular(path) as opened_file:
            source = _source(path, opened_file)
            require_size(path, source.size)
            yield source
    except Image.DecompressionBombError as error:
        raise faults.too_large(path, f"far more than {LARGEST:,} pixels") from error
    except UnidentifiedImageError as error:
        raise faults.damaged(path, "its header makes no sense") from error
    except OSError as error:
        if error.errno is not None:
            raise from_os_error("read", path, error) from error
        raise faults.damaged(path, error) from error
    except _DAMAGE as error:
        raise faults.damaged(path, str(error) or type(error).__name__) from error


def _source(path: Path, file: BinaryIO) -> Source:
    begin = file.read(32)
    format = image_format(begin)
    if format is None:
        raise faults.unknown(path)
    file.seek(0)
    said = header_of(file)
    if said is not None:  # before Pillow looks, which warns on the terminal of sizes that are refused here
        require_size(path, (said.width, said.height))
    if format == "NPY":
        return _npy_source(path, file)
    if format == "TIFF":
        told = tiff_header(file)
        if told is None:
            raise faults.damaged(path, "its header makes no sense")
        if not _by_pillow(told):
            size = (told.width, told.height)
            return Source(path, file, format, size, told.dtype, told.samples, tiff=told)
        return _pillow_source(path, file, format, told.dtype, told)
    deep = format == "PNG" and begin[24:25] == b"\x10"
    return _pillow_source(path, file, format, "uint16" if deep else "uint8", None)


def _by_pillow(told: TiffHeader) -> bool:
    return told.colored if told.dtype == "uint8" else told.samples == 1 and told.dtype in _SINGLE


def _pillow_source(path: Path, file: BinaryIO, format: str, dtype: str, tiff: TiffHeader | None) -> Source:
    file.seek(0)
    image = Image.open(file, formats=[format])
    samples = len(image.getbands())
    if dtype == "uint16" and image.mode == "RGBA" and str(image.tile[0].args).startswith("LA"):
        samples = 2  # Pillow has no LA of 16 bits
    size = (tiff.width, tiff.height) if tiff else image.size  # of a TIFF, Pillow gives the upright one
    return Source(path, file, format, size, dtype, samples, image=image, tiff=tiff)


def _npy_source(path: Path, file: BinaryIO) -> Source:
    file.seek(0)
    told = npy_header(file)
    if told is None:
        raise faults.damaged(path, "its header makes no sense")
    if len(told.shape) not in (2, 3):
        raise faults.no_image_shape(path, told.shape)
    height, width, *rest = told.shape
    samples = rest[0] if rest else 1
    return Source(path, file, "NPY", (width, height), told.dtype, samples, npy=told)


def require_size(path: Path, size: tuple[int, int]) -> None:
    """Raise `WorldError` where width and height are more than archc decodes, or nothing."""
    width, height = size
    if width * height > LARGEST:
        raise faults.too_large(path, f"more than {LARGEST:,} pixels ({width}x{height})")
    if max(width, height) > LONGEST:
        raise faults.too_large(path, f"a side of more than {LONGEST:,} pixels ({width}x{height})")
    if min(width, height) < 1:
        raise faults.damaged(path, f"it is {width}x{height} pixels large")


def _require(source: Source, wanted: PixelFormat) -> None:
    """Return where the model takes such pixels, else raise."""
    if source.dtype != wanted.dtype and not rounds(source.dtype, wanted.dtype):
        raise faults.other_dtype(source.path, source.dtype, wanted.dtype)
    if source.tiff is not None and source.tiff.white_is_zero and source.dtype != "uint8":
        raise faults.white_is_zero(source.path)
    if source.image is not None and wanted.dtype == "uint8":
        _require_mode(source, source.image.mode, wanted.channels)
    elif source.samples != wanted.channels:
        raise faults.other_channels(source.path, source.samples, wanted.channels, source.format)
    size = source.size[0] * source.size[1] * source.samples * np.dtype(source.dtype).itemsize
    if size > LARGEST_BYTES:
        raise faults.too_large(source.path, f"more than {LARGEST_BYTES:,} bytes of samples ({size:,})")


def rounds(found: str, wanted: str) -> bool:
    """Return whether the samples are floating-point numbers of another width than float32."""
    return wanted == "float32" and found in ("float16", "float64")


def _require_mode(source: Source, mode: str, channels: int) -> None:
    if mode not in CONVERTED:
        raise faults.other_mode(source.path, mode)
    if channels not in MODES and (mode not in SPLIT or source.samples != channels):
        raise faults.other_channels(source.path, source.samples, channels, source.format)


def _upright_size(source: Source) -> tuple[int, int]:
    width, height = source.size
    if source.image is None:
        orientation = source.tiff.orientation if source.tiff else 1
    elif source.format == "PNG" and "exif" not in source.image.info:
        return source.size  # to look for EXIF behind the pixels, Pillow would decode them all
    else:
        orientation = source.image.getexif().get(ExifTags.Base.Orientation, 1)
    return (height, width) if orientation in _ON_THEIR_SIDE else source.size


def _loaded(source: Source, image: ImageFile.ImageFile, wanted: PixelFormat) -> Pixels:
    if source.samples > 1 and wanted.dtype != "uint8":
        return of_array(read_png16(source.file, image, source.samples), wanted)
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    if wanted.dtype != "uint8":
        array: Array = np.asarray(image)[:, :, None]
        return of_array(finite(source.path, array, wanted.dtype), wanted)
    if wanted.channels not in MODES or (image.mode == "RGBX" and wanted.channels == 4):
        return Planes(image.split(), wanted)
    if wanted.channels < 4:
        image.info.pop("transparency", None)  # else Pillow advises on the terminal to keep it
    # A copy even where the mode is right: the file is closed when this block ends.
    return image.convert(MODES[wanted.channels])
