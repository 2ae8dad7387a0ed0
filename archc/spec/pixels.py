"""The types that an image's samples can have, and the values that become 0 and 1. For the runtime, too."""

from __future__ import annotations

from typing import Literal

PixelType = Literal["uint8", "uint16", "int16", "float32"]

RANGES: dict[str, tuple[float, float]] = {
    "uint8": (0.0, 255.0),
    "uint16": (0.0, 65535.0),
    "int16": (0.0, 32767.0),
    "float32": (0.0, 1.0),
}
"""Unless the spec says else: the values that become 0.0 and 1.0."""
