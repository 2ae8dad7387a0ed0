"""TIFF images that Pillow cannot hold: many samples a pixel, or several of more than 8 bits. By tifffile."""

from __future__ import annotations

import logging
import os
import zlib
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from archc.files.tiff_header import TiffHeader
from archc.images import faults
from archc.images.arrays import upright
from archc.images.pixels import Array

_NONE, _LZW, _DEFLATE, _OLD_DEFLATE, _PACKBITS, _ZSTD = 1, 5, 8, 32946, 32773, 50000
_COMPRESSIONS = {
    _NONE: "none",
    _LZW: "LZW",
    _DEFLATE: "deflate",
    _OLD_DEFLATE: "deflate",
    _PACKBITS: "PackBits",
    _ZSTD: "zstd",
}
"""Other codecs stay closed: fewer doors for a stranger's bytes."""

_MOST_PER_BYTE = 20_000
"""Bytes that a byte can unpack to: 1032 with deflate, some more with LZW and zstd."""


def read_stack(path: Path, file: BinaryIO, told: TiffHeader) -> Array:
    """Return the first page's samples `(H, W, C)`, upright.

    Raises:
        WorldError: tifffile is not installed, or the page is cut short or stored as archc does not read it.
    """
    try:
        import tifffile
    except ImportError as error:
        raise faults.needs(path, "tifffile", "it is a TIFF beyond 8-bit colors") from error
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # it logs damage that is raised below
    file.seek(0)
    try:
        with tifffile.TiffFile(file, name=path.name) as opened:
            page = opened.pages.first
            _require(path, file, page, told)
            array = np.asarray(page.asarray(maxworkers=1))
            separate = page.axes.startswith("S")
    except (tifffile.TiffFileError, RuntimeError, zlib.error) as error:
        raise faults.damaged(path, str(error) or type(error).__name__) from error
    array = np.moveaxis(array, 0, 2) if separate else array
    return upright(array.reshape(told.height, told.width, told.samples), told.orientation)


def _require(path: Path, file: BinaryIO, page: Any, told: TiffHeader) -> None:
    compression = int(page.compression)
    if compression not in _COMPRESSIONS:
        known = ", ".join(dict.fromkeys(_COMPRESSIONS.values()))
        raise faults.stored_otherwise(path, f"compression {compression}", known)
    bare = find_spec("imagecodecs") is None
    if bare and compression in (_LZW, _ZSTD):
        raise faults.needs(path, "imagecodecs", f"its compression is {_COMPRESSIONS[compression]}")
    sides = (page.imagelength, page.imagewidth, page.samplesperpixel)
    if page.axes not in ("YX", "YXS", "SYX") or sides != (told.height, told.width, told.samples):
        raise faults.damaged(path, f"its page is laid out as {page.axes} of {page.shape}")
    _require_whole(path, file, page)
    if bare and compression in (_DEFLATE, _OLD_DEFLATE):
        _require_bounded(path, file, page)


def _require_whole(path: Path, file: BinaryIO, page: Any) -> None:
    """Return where every strip and tile lies in the file, and together they can hold the image."""
    end = os.fstat(file.fileno()).st_size
    parts = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    if len(parts) < prod(page.chunked) or any(count <= 0 or at + count > end for at, count in parts):
        raise faults.damaged(path, "it is cut short")
    most = 1 if int(page.compression) == _NONE else _MOST_PER_BYTE
    if sum(count for _, count in parts) * most < page.nbytes:
        raise faults.damaged(path, "it holds less than it claims")


def _require_bounded(path: Path, file: BinaryIO, page: Any) -> None:
    """Return where no strip or tile unpacks to more than it claims: only imagecodecs bounds that itself."""
    most = prod(page.chunks) * page.dtype.itemsize
    for at, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        file.seek(at)
        if len(zlib.decompressobj().decompress(file.read(count), most + 1)) > most:
            raise faults.damaged(path, "a part of it holds more than it claims")
