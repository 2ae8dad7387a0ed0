"""A picture's size from the first bytes of its file: no library is needed to look at a folder of images."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 1, 6: 3}
_PNG_PALETTE = 3
_SEGMENTS = 500


class Header(NamedTuple):
    """Height and width in pixels; 1 channel for grey, else 3; whether its pixels are numbers in a palette."""

    height: int
    width: int
    channels: int
    palette: bool = False


def picture_header(path: Path) -> Header | None:
    """What a PNG, JPEG, GIF or BMP file says of itself; None for other and damaged files."""
    try:
        with path.open("rb") as file:
            return _header(file)
    except (OSError, struct.error):
        return None


def _header(file: BinaryIO) -> Header | None:
    begin = file.read(32)
    if begin.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height, _, color = struct.unpack(">IIBB", begin[16:26])
        return Header(height, width, _PNG_CHANNELS.get(color, 3), color == _PNG_PALETTE)
    if begin.startswith((b"GIF87a", b"GIF89a")):
        width, height = struct.unpack("<HH", begin[6:10])
        return Header(height, width, 3, palette=True)
    if begin.startswith(b"BM"):
        width, height, _, bits = struct.unpack("<iiHH", begin[18:30])
        return Header(abs(height), width, 3, palette=bits <= 8)
    return _jpeg(file) if begin.startswith(b"\xff\xd8") else None


def _jpeg(file: BinaryIO) -> Header | None:
    """Segment by segment up to the frame's, which holds the size."""
    file.seek(2)
    for _ in range(_SEGMENTS):
        marker, length = struct.unpack(">HH", file.read(4))
        if marker >> 8 != 0xFF or length < 2:
            return None
        if marker & 0xFF in _FRAMES:
            _, height, width, channels = struct.unpack(">BHHB", file.read(6))
            return Header(height, width, 3 if channels > 1 else 1)
        file.seek(length - 2, 1)
    return None
