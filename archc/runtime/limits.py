"""How long and how much memory a stranger's model may take, by the size of the file and of its inputs."""

from __future__ import annotations

import math
from dataclasses import dataclass

_SECONDS = 15.0
_BYTES_PER_SECOND = 20e6
_PIXELS_PER_SECOND = 10_000
_MEMORY = 2 << 30
_MEMORY_PER_BYTE = 4
_MEMORY_PER_PIXEL = 3_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on opening a model, and on each batch.

    Left out, they grow with the work. Opening may take 15 seconds and one for each 20 MB of the file, a batch
    15 seconds and one for each 10,000 pixels; the memory is 2 GiB, four times the file, and 3,000 bytes for
    each pixel of a batch.

    Attributes:
        seconds: of wall time.
        memory: bytes beyond those that the process has taken before.
    """

    seconds: float | None = None
    memory: int | None = None

    def seconds_to_open(self, size: int) -> float:
        """Return the seconds allowed to open a file of `size` bytes."""
        return self.seconds or _SECONDS + size / _BYTES_PER_SECOND

    def seconds_to_run(self, pixels: int) -> float:
        """Return the seconds allowed for a batch of so many pixels, all inputs together."""
        return self.seconds or _SECONDS + pixels / _PIXELS_PER_SECOND

    def memory_for(self, size: int, pixels: int = 0) -> int:
        """Return the bytes allowed for a file of `size` bytes and a batch of so many pixels."""
        return self.memory or _MEMORY + _MEMORY_PER_BYTE * size + _MEMORY_PER_PIXEL * pixels


def pixels_of(shape: tuple[int, ...]) -> int:
    """Return the pixels of images `(..., C, H, W)` or `(..., H, W, C)`, whose channels are the fewest."""
    channels = min(shape[-3], shape[-1]) if len(shape) >= 3 else 1
    return math.prod(shape) // max(1, channels)
