"""Class maps to look at, and class maps to compute with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from archc.files.atomic import replacing
from archc.files.errors import printable
from archc.runtime.palette import colors

Array = npt.NDArray[Any]
_LISTED = 40
"""Classes a legend has room for."""
_LETTERS = 60
"""Letters of a class's name that it has room for; the name may come from a stranger's model."""


def class_map_image(classes: Array, count: int) -> Image.Image:
    """Return a class map `(H, W)` as an image of class numbers, with a palette where 8 bits hold them."""
    image = Image.fromarray(np.ascontiguousarray(classes))
    if classes.dtype == np.uint8:
        image = image.convert("L")
        image.putpalette([v for color in colors(max(count, 1))[:256] for v in color])
    return image


def overlaid(image: Image.Image, classes: Array, names: Sequence[str], opacity: float = 0.55) -> Image.Image:
    """Return the image in RGB with its class map `(H, W)` in color over it, and a legend below."""
    table = np.array(colors(max(len(names), int(classes.max(initial=0)) + 1)), np.uint8)
    colored = Image.fromarray(table[classes])
    blended = Image.blend(image.convert("RGB").resize(colored.size), colored, opacity)
    entries = [
        (f"{printable(name[:_LETTERS])} {share:.1%}", tuple(map(int, table[index])))
        for index, name, share in class_shares(classes, names)[:_LISTED]
    ]
    return _with_legend(blended, entries)


def write_class_map(path: Path | str, classes: Array, count: int) -> None:
    """Write a class map `(H, W)` as a PNG at `path`, atomically.

    Raises:
        WorldError: it cannot be written.
    """
    _write(path, class_map_image(classes, count))


def write_overlay(path: Path | str, image: Image.Image, classes: Array, names: Sequence[str]) -> None:
    """Write the image, its class map `(H, W)` and a legend as a PNG at `path`, atomically.

    Raises:
        WorldError: it cannot be written.
    """
    _write(path, overlaid(image, classes, names))


def _write(path: Path | str, image: Image.Image) -> None:
    with replacing(path) as temporary:
        image.save(temporary, format="PNG")


def class_shares(classes: Array, names: Sequence[str]) -> list[tuple[int, str, float]]:
    """Return number, name and share of pixels of each class in a class map `(H, W)`, largest first."""
    found, amounts = np.unique(classes, return_counts=True)
    order = np.argsort(-amounts, kind="stable")
    named = [names[i] if i < len(names) else str(i) for i in map(int, found)]
    return [(int(found[i]), named[i], float(amounts[i]) / classes.size) for i in order]


def _with_legend(image: Image.Image, entries: Sequence[tuple[str, tuple[int, ...]]]) -> Image.Image:
    """Return the image on a white strip with a swatch and a name for each entry, in fitting columns."""
    text = max(11, min(28, image.height // 28))
    font = ImageFont.load_default(size=text)
    line, swatch = int(text * 1.6), text
    wide = max(int(font.getlength(name)) for name, _ in entries) + swatch + 2 * text if entries else 1
    across = max(1, (image.width - text) // wide)
    down = -(-len(entries) // across)
    canvas = Image.new("RGB", (max(image.width, wide + text), image.height + down * line + text), "white")
    canvas.paste(image)
    draw = ImageDraw.Draw(canvas)
    for place, (name, color) in enumerate(entries):
        left = text + place // down * wide
        top = image.height + text // 2 + place % down * line
        middle = top + line // 2
        draw.rectangle((left, middle - swatch // 2, left + swatch, middle + swatch // 2), color, "black")
        draw.text((left + swatch + text // 2, middle), name, "black", font=font, anchor="lm")
    return canvas
