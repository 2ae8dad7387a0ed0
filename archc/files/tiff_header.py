"""The first directory of a TIFF or BigTIFF file: size, samples and how they are stored."""

from __future__ import annotations

import struct
from typing import BinaryIO, NamedTuple

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_ORIENTATION, _SAMPLES, _EXTRA, _FORMAT = 274, 277, 338, 339
_TAGS = {_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _ORIENTATION, _SAMPLES, _EXTRA, _FORMAT}
_TYPES = {1: "B", 3: "H", 4: "I", 16: "Q"}
_MOST_ENTRIES = 4096
_MOST_VALUES = 4096
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE = range(4)
_ALPHA = (1, 2)
"""Of `_EXTRA`: transparency, multiplied into the color or not; 0 is any other sample."""
_KINDS = {1: "uint", 2: "int", 3: "float"}


class TiffHeader(NamedTuple):
    """The tags that decide how a TIFF is read.

    Attributes:
        bits: of a sample; 0 where samples differ.
        alpha: whether a sample is said to be transparency.
    """

    height: int
    width: int
    samples: int
    bits: int
    kind: str
    photometric: int
    orientation: int
    alpha: bool

    @property
    def dtype(self) -> str:
        """NumPy's word for a sample, `uint8` also for fewer bits; `?` for what has none."""
        if self.kind == "uint" and 0 < self.bits <= 8:
            return "uint8"
        if self.kind == "uint" and 8 < self.bits <= 16:
            return "uint16"  # 12 bits are unpacked to 16
        known = self.bits in ((8, 16, 32, 64) if self.kind in ("uint", "int") else (16, 32, 64))
        return f"{self.kind}{self.bits}" if known and self.kind else "?"

    @property
    def palette(self) -> bool:
        return self.photometric == _PALETTE

    @property
    def colored(self) -> bool:
        """Return whether it is gray, RGB, CMYK or the like, with alpha at most: no stack of bands."""
        if self.photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _PALETTE):
            return self.samples <= 1 + self.alpha
        return self.samples <= 4

    @property
    def channels(self) -> int:
        """1 for gray, 3 for color, alpha left out; else the samples."""
        if not self.colored or (self.dtype != "uint8" and self.samples != 1):
            return self.samples
        return 1 if self.photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO) else 3

    @property
    def white_is_zero(self) -> bool:
        return self.photometric == _WHITE_IS_ZERO


def tiff_header(file: BinaryIO) -> TiffHeader | None:
    """Return what the first directory says; None where there is none.

    Raises:
        struct.error: the file ends too early.
    """
    file.seek(0)
    begin = file.read(16)
    order = "<" if begin.startswith(b"II") else ">"
    big = struct.unpack(f"{order}H", begin[2:4])[0] == 43
    (at,) = struct.unpack(f"{order}Q", begin[8:16]) if big else struct.unpack(f"{order}I", begin[4:8])
    tags = _directory(file, order, at, big)
    if not {_WIDTH, _HEIGHT} <= tags.keys():
        return None
    bits = tags.get(_BITS, (1,))
    kinds = set(tags.get(_FORMAT, (1,)))
    return TiffHeader(
        height=tags[_HEIGHT][0],
        width=tags[_WIDTH][0],
        samples=tags.get(_SAMPLES, (1,))[0],
        bits=bits[0] if len(set(bits)) == 1 else 0,
        kind=_KINDS.get(kinds.pop(), "") if len(kinds) == 1 else "",
        photometric=tags.get(_PHOTOMETRIC, (_BLACK_IS_ZERO,))[0],
        orientation=tags.get(_ORIENTATION, (1,))[0],
        alpha=any(kind in _ALPHA for kind in tags.get(_EXTRA, ())),
    )


def _directory(file: BinaryIO, order: str, at: int, big: bool) -> dict[int, tuple[int, ...]]:
    """Return the values of the tags that are looked at."""
    file.seek(at)
    (count,) = struct.unpack(f"{order}{'Q' if big else 'H'}", file.read(8 if big else 2))
    entry = f"{order}HH{'Q8s' if big else 'I4s'}"
    size = struct.calcsize(entry)
    raw = file.read(min(count, _MOST_ENTRIES) * size)
    found: dict[int, tuple[int, ...]] = {}
    for tag, kind, number, value in struct.iter_unpack(entry, raw):
        if tag in _TAGS and kind in _TYPES and 0 < number <= _MOST_VALUES:
            letter = f"{order}{number}{_TYPES[kind]}"
            length = struct.calcsize(letter)
            if length > len(value):
                file.seek(struct.unpack(f"{order}{'Q' if big else 'I'}", value)[0])
                value = file.read(length)
            found[tag] = struct.unpack(letter, value[:length])
    return found
