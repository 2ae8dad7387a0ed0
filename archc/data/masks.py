"""Masks read: their pixels, numbers or colors, become class numbers by a table made once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from archc.data.examples import VOID
from archc.files.errors import WorldError
from archc.images.arrays import read_npy
from archc.images.reading import Source, opened
from archc.images.tiff import read_stack
from archc.plan.mask_values import MaskMeaning, color_text

_NUMBERS = 1 << 16
_COLORS = 1 << 24
_NAMED = 4
"""Values or colors that a message names."""
_GRAY = ("1", "L", "P", "LA", "PA", "I", "I;16", "I;16L", "I;16B", "I;16N")

Pixels = NDArray[Any]


def read_mask(path: Path, meaning: MaskMeaning) -> Image.Image:
    """Read a mask as an image `(H, W)` of mode L: each pixel its class's number, `VOID` where it is ignored.

    Raises:
        WorldError: the file is no mask, or has a pixel that is neither of a class nor ignored; it is named.
    """
    pixels = _colors(path) if meaning.colors else _numbers(path)
    if meaning.plain and pixels.dtype == np.uint8 and int(pixels.max(initial=0)) < len(meaning.classes):
        return Image.fromarray(pixels)
    found = (
        _table(meaning)[pixels]
        if pixels.dtype in (np.uint8, np.uint16)
        else _looked_up(pixels, _table(meaning))
    )
    if not found.all():
        raise _unknown(path, pixels, found, meaning)
    return Image.fromarray((found - 1).astype(np.uint8))


@lru_cache(maxsize=16)
def _table(meaning: MaskMeaning) -> NDArray[np.uint16]:
    """Return one more than the class's number for each number or color, uint16; 0 for no class.

    Zeros, so that of the 32 MiB for colors the system keeps only the pages that are written to.
    """
    table = np.zeros(_COLORS if meaning.colors else _NUMBERS, dtype=np.uint16)
    for number, values in enumerate(meaning.values):
        table[list(values)] = number + 1
    if meaning.ignored:
        table[list(meaning.ignored)] = VOID + 1
    return table


def _looked_up(pixels: Pixels, table: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Look up each pixel in the table; 0 where it lies outside of it."""
    if pixels.dtype in (np.uint8, np.uint16):
        return table[pixels]
    inside = (pixels >= 0) & (pixels < len(table))
    found = table[np.where(inside, pixels, 0)]
    found[~inside] = 0
    return found


def _numbers(path: Path) -> Pixels:
    """Return a mask's numbers, (H, W) of uint8, uint16 or int32; gray may be saved as equal RGB channels."""
    with opened(path) as source:
        if source.image is None:
            return _array(source)
        if source.image.mode in _GRAY:
            pixels = np.array(source.image.getchannel(0) if "A" in source.image.mode else source.image)
            return pixels.astype(np.uint8) if pixels.dtype == np.bool_ else pixels
        if source.image.mode not in ("RGB", "RGBA"):
            raise _no_mask(source)
        channels = np.array(source.image)[..., :3]
    if (channels == channels[..., :1]).all():
        return np.ascontiguousarray(channels[..., 0])
    raise WorldError(
        f"mask `{path}` holds colors ({_listed(_packed(channels))}), not class numbers",
        'say which color each class has: data.values = { road = "#804080", ... }',
    )


def _array(source: Source) -> Pixels:
    """Return the numbers of a file that Pillow does not read: .npy, a TIFF of 32 bits."""
    numbers = source.dtype.startswith(("int", "uint"))
    if source.npy is not None:
        numbers = source.npy.descr[1:2] in ("i", "u")
    if source.samples != 1 or not numbers:
        raise _no_mask(source)
    if source.npy is not None:
        dtype = np.dtype(source.npy.descr).newbyteorder("=").name
        return read_npy(source.path, source.file, source.npy, dtype)[..., 0]
    assert source.tiff is not None
    return read_stack(source.path, source.file, source.tiff)[..., 0]


def _colors(path: Path) -> Pixels:
    """Return a mask's colors as 0xRRGGBB, int32 (H, W)."""
    with opened(path) as source:
        if source.image is None or source.image.mode not in ("1", "L", "P", "PA", "RGB", "RGBA"):
            raise _no_mask(source)
        return _packed(np.array(source.image.convert("RGB")))


def _packed(channels: NDArray[np.uint8]) -> NDArray[np.int32]:
    wide = channels.astype(np.int32)
    return wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]


def _no_mask(source: Source) -> WorldError:
    return WorldError(
        f"mask `{source.path}` has {source.mode} pixels, which are neither numbers nor colors",
        "save it as a gray, palette or RGB PNG",
    )


def _unknown(path: Path, pixels: Pixels, found: NDArray[np.uint16], meaning: MaskMeaning) -> WorldError:
    wrong, counts = np.unique(pixels[found == 0], return_counts=True)
    said = color_text if meaning.colors else str
    others = f" and {len(wrong) - 1} other values" if len(wrong) > 1 else ""
    first = said(int(wrong[0]))
    what = "color" if meaning.colors else "value"
    return WorldError(
        f"mask `{path}` has {counts[0]} pixels of {what} {first}{others}; {_allowed(meaning)}",
        _remedy(path, wrong, set(np.unique(found).tolist()) - {0}, meaning),
    )


def _allowed(meaning: MaskMeaning) -> str:
    said = color_text if meaning.colors else str
    ignored = f" or {', '.join(map(said, meaning.ignored))} (ignored)" if meaning.ignored else ""
    if meaning.plain:
        return f"with {len(meaning.classes)} classes values are 0 to {len(meaning.classes) - 1}{ignored}"
    known = [said(value) for values in meaning.values for value in values]
    more = f" and {len(known) - 8} more" if len(known) > 8 else ""
    return f"data.values knows {', '.join(known[:8])}{more}{ignored}"


def _remedy(path: Path, wrong: Pixels, seen: set[int], meaning: MaskMeaning) -> str:
    """Return what to do about pixels that are none.

    What is not told apart from classes is never to be ignored: of masks that hold 0 and 255 alone, 255 is a
    class.
    """
    if path.suffix.lower() in (".jpg", ".jpeg", ".webp"):
        return "lossy formats blur the values of masks: save masks as PNG"
    first = color_text(int(wrong[0])) if meaning.colors else str(wrong[0])
    if meaning.colors:
        return f'say in data.values which class it is, or set data.ignore = "{first}"'
    if meaning.plain and len(wrong) == 1 and seen <= {1} and len(meaning.classes) == 2:
        zero, one = meaning.classes
        return f"if masks hold 0 and {first} alone, write data.values = {{ {zero} = 0, {one} = {first} }}"
    if meaning.plain and len(wrong) + len(seen) <= len(meaning.classes):
        return "say in data.values which number each class has in the masks"
    return f"name its class in data.classes, say in data.values which it is, or set data.ignore = {first}"


def _listed(colors: NDArray[np.int32]) -> str:
    found = np.unique(colors)
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return ", ".join(color_text(int(each)) for each in found[:_NAMED]) + more
