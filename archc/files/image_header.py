"""An image's size and kind from the first bytes of its file: no library is needed to look at a folder.

PNG, JPEG, GIF, BMP, WebP, TIFF and NumPy's `.npy`; the first bytes decide, never the suffix.
"""

from __future__ import annotations

import ast
import struct
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, assert_never

from archc.files.errors import WorldError
from archc.files.regular import open_regular
from archc.files.tiff_header import TiffHeader, tiff_header

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".npy")
"""The suffixes by which images are found in folders. What a file is, its first bytes tell."""

ImageFormat = Literal["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "NPY"]

LONGEST_NPY_HEADER = 10_000
"""Bytes; numpy's own bound, too."""

_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 1, 6: 3}
_PNG_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PNG_PALETTE = 3
_SEGMENTS = 500
_NPY_TYPES = {"u1": "uint8", "u2": "uint16", "i2": "int16", "f2": "float16", "f4": "float32", "f8": "float64"}


class Header(NamedTuple):
    """The header of an image file.

    Attributes:
        height, width: in pixels, as stored: EXIF may turn it.
        channels: 1 for gray, 3 for color, alpha left out; of a TIFF or .npy without color, the samples.
        palette: whether its pixels are numbers in a palette.
        samples: the numbers that a pixel has in the file, alpha among them.
        dtype: of a sample: `uint8` also for fewer bits; any other word of NumPy's, or `?`.
        format: `PNG`, `JPEG`, `GIF`, `BMP`, `WEBP`, `TIFF` or `NPY`.
    """

    height: int
    width: int
    channels: int
    palette: bool = False
    samples: int = 1
    dtype: str = "uint8"
    format: str = ""


class NpyHeader(NamedTuple):
    """An `.npy` file's header: `descr` as NumPy spells the dtype, and the offset of the numbers."""

    descr: str
    shape: tuple[int, ...]
    offset: int

    @property
    def dtype(self) -> str:
        return _NPY_TYPES.get(self.descr[1:], "?" if self.descr else "object or structured")


def image_format(begin: bytes) -> ImageFormat | None:
    """Return the format that a file's first bytes tell; None where archc reads no such files."""
    if begin.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if begin.startswith(b"\xff\xd8"):
        return "JPEG"
    if begin.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if begin.startswith(b"BM"):
        return "BMP"
    if begin.startswith(b"RIFF") and begin[8:12] == b"WEBP":
        return "WEBP"
    if begin.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    return "NPY" if begin.startswith(b"\x93NUMPY") else None


def image_header(path: Path) -> Header | None:
    """Return what an image file says of itself; None for other and damaged files."""
    try:
        with open_regular(path) as file:
            return header_of(file)
    except (OSError, WorldError):
        return None


def header_of(file: BinaryIO) -> Header | None:
    """Return what an open file says of its image; None where that makes no sense."""
    try:
        return _header(file)
    except (struct.error, ValueError, IndexError, OverflowError):
        return None


def npy_header(file: BinaryIO) -> NpyHeader | None:
    """Return the header of an `.npy` file, open at its start; None where it is none."""
    begin = file.read(8)
    wide = begin[6:7] != b"\x01"
    (length,) = struct.unpack("<I" if wide else "<H", file.read(4 if wide else 2))
    if not begin.startswith(b"\x93NUMPY") or length > LONGEST_NPY_HEADER:
        return None
    try:  # as numpy reads it: a Python literal, which runs nothing
        told = ast.literal_eval(file.read(length).decode("utf-8"))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    if not isinstance(told, dict) or told.keys() != {"descr", "fortran_order", "shape"}:
        return None
    shape, descr = told["shape"], told["descr"]
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        return None
    return NpyHeader(descr if isinstance(descr, str) else "", shape, file.tell())


def _header(file: BinaryIO) -> Header | None:
    begin = file.read(32)
    format = image_format(begin)
    match format:
        case "PNG":
            width, height, bits, color = struct.unpack(">IIBB", begin[16:26])
            dtype = "uint16" if bits == 16 else "uint8"
            samples = _PNG_SAMPLES.get(color, 3)
            palette = color == _PNG_PALETTE
            return Header(height, width, _PNG_CHANNELS.get(color, 3), palette, samples, dtype, "PNG")
        case "GIF":
            width, height = struct.unpack("<HH", begin[6:10])
            return Header(height, width, 3, palette=True, format="GIF")
        case "BMP":
            return _bmp(begin)
        case "JPEG":
            return _jpeg(file)
        case "WEBP":
            return _webp(begin)
        case "TIFF":
            return _tiff(tiff_header(file))
        case "NPY":
            file.seek(0)
            return _npy(npy_header(file))
        case None:
            return None
        case _:
            assert_never(format)


def _bmp(begin: bytes) -> Header:
    if struct.unpack("<I", begin[14:18])[0] == 12:  # the first BMPs, of OS/2
        width, height, _, bits = struct.unpack("<HHHH", begin[18:26])
    else:
        width, height, _, bits = struct.unpack("<iiHH", begin[18:30])
    palette = bits <= 8
    return Header(abs(height), width, 3, palette, 1 if palette else 4 if bits == 32 else 3, format="BMP")


def _jpeg(file: BinaryIO) -> Header | None:
    """Segment by segment up to the frame's, which holds the size."""
    file.seek(2)
    for _ in range(_SEGMENTS):
        marker, length = struct.unpack(">HH", file.read(4))
        if marker == 0xFFFF:  # bytes that fill up before a marker
            file.seek(-3, 1)
            continue
        if marker >> 8 != 0xFF or length < 2:
            return None
        if marker & 0xFF in _FRAMES:
            bits, height, width, samples = struct.unpack(">BHHB", file.read(6))
            dtype = "uint8" if bits <= 8 else "uint16"
            return Header(height, width, 3 if samples > 1 else 1, False, samples, dtype, "JPEG")
        file.seek(length - 2, 1)
    return None


def _webp(begin: bytes) -> Header | None:
    kind = begin[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(begin[at : at + 3], "little") + 1 for at in (24, 27))
        return Header(height, width, 3, False, 4 if begin[20] & 0x10 else 3, format="WEBP")
    if kind == b"VP8L":
        bits = int.from_bytes(begin[21:25], "little")
        samples = 4 if bits >> 28 & 1 else 3
        return Header((bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1, 3, False, samples, format="WEBP")
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", begin[26:30])
        return Header(height & 0x3FFF, width & 0x3FFF, 3, False, 3, format="WEBP")
    return None


def _tiff(told: TiffHeader | None) -> Header | None:
    if told is None:
        return None
    return Header(
        told.height, told.width, told.channels, told.palette, told.samples, told.dtype, format="TIFF"
    )


def _npy(told: NpyHeader | None) -> Header | None:
    if told is None or len(told.shape) not in (2, 3):
        return None
    height, width, *rest = told.shape
    samples = rest[0] if rest else 1
    return Header(height, width, samples, False, samples, told.dtype, "NPY")
