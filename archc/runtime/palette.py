"""Colors that stay apart: for people with full color vision, and without red or green."""

from __future__ import annotations

from itertools import islice, product

Color = tuple[int, int, int]


def _rgb(value: int) -> Color:
    return value >> 16, value >> 8 & 255, value & 255


# Picked one after the other from the sRGB cube: each the color that is farthest in CIELAB from those before
# it, to plain sight and to sight without red, green or blue as simulated. A test holds the distances.
_CHOSEN: tuple[Color, ...] = tuple(
    map(
        _rgb,
        (
            0x0072B2,
            0xE69F00,
            0x00FFD2,
            0x5A2D0F,
            0x7800FF,
            0xFF4B78,
            0xFF5AFF,
            0xA5FF87,
            0x87005A,
            0xB4D2FF,
            0x4B0096,
            0x00871E,
            0xE10000,
            0x699678,
            0x69FF00,
            0xC3A55A,
            0xFF5AB4,
            0xFFC3B4,
            0x004B3C,
            0xC300A5,
            0x00A5B4,
            0x5A5AF0,
            0x00C300,
            0xB45A3C,
        ),
    )
)


def colors(count: int) -> tuple[Color, ...]:
    """Return `count` different sRGB colors; the first 24 are chosen to differ, the earlier the more."""
    if count <= len(_CHOSEN):
        return _CHOSEN[:count]
    steps = (40, 215, 130, 85, 170, 240, 20)
    more = ((r, g, b) for r, g, b in product(steps, steps, steps) if (r, g, b) not in _CHOSEN)
    extra = tuple(islice(more, count - len(_CHOSEN)))
    wrapped = tuple(extra[i % len(extra)] for i in range(count - len(_CHOSEN)))
    return (*_CHOSEN, *wrapped)
