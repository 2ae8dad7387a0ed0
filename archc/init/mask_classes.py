"""Which classes masks seem to hold, by the numbers or colors of their pixels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archc.files.errors import WorldError
from archc.init.lists import lines_of
from archc.init.tree import Tree, sampled

LISTS = ("codes.txt", "classes.txt", "labels.txt", "class_names.txt", "names.txt")
COLORS = ("label_colors.txt", "labelmap.txt", "class_dict.csv", "classes.csv", "colors.txt", "_classes.csv")
_BUDGET = 60_000_000
"""Pixels of masks that are read."""
_MOST_MASKS = 1_000
_MOST_VALUES = 64
"""Values beyond which masks are no class numbers, unless they come without a gap."""
_SMALL = 64
_LOSSY = (".jpg", ".jpeg", ".webp")
_SHARP = 4
"""Values beyond which a mask in a lossy format was blurred."""
_VOID = 255
_FORMATS = ("PNG", "BMP", "GIF", "TIFF", "JPEG", "WEBP")
_TRIPLE = re.compile(r"\b(\d{1,3})\s*[,\s]\s*(\d{1,3})\s*[,\s]\s*(\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Pixels:
    """The numbers, or the colors as 0xRRGGBB, of the masks that were read."""

    values: frozenset[int]
    colors: bool = False
    read: int = 0


@dataclass(frozen=True, slots=True)
class MaskClasses:
    """The classes, what stands for each unless it is its place, and what is ignored."""

    classes: tuple[str, ...]
    values: tuple[int | str, ...] = ()
    ignore: int | None = None
    named: bool = False


def mask_classes(tree: Tree, masks: Sequence[Path]) -> MaskClasses:
    """Return the classes of some masks.

    Raises:
        WorldError: their pixels are no classes.
    """
    names = _names(tree)
    seen = pixels_of(masks)
    if seen is None:
        usual = names or ("background", "object")
        return MaskClasses(usual, named=bool(names))
    if len(seen.values) < 2:
        only = next(iter(seen.values), None)
        raise WorldError(
            f"the masks hold nothing but {_said(only, seen.colors)}: there is one class, and nothing "
            "to learn",
            "is this the folder of the masks?",
        )
    return _by_color(seen, _colors(tree)) if seen.colors else _by_number(seen, names)


def pixels_of(masks: Sequence[Path]) -> Pixels | None:
    """Return the values of masks, as many as time allows; None where Pillow is not installed.

    Raises:
        WorldError: the masks hold too many values to be classes, or none of them can be read.
    """
    try:
        from PIL import Image
    except ImportError:
        return None
    values: set[int] = set()
    colors: set[int] = set()
    budget, read = _BUDGET, 0
    for path in sampled(masks, _MOST_MASKS):
        try:
            with Image.open(path, formats=_FORMATS) as mask:
                budget -= mask.width * mask.height
                if budget < 0:
                    break
                numbers, shown = _of_mask(mask)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            continue
        read += 1
        values |= numbers
        colors |= shown
        lossy = path.suffix.lower() in _LOSSY and len(values | colors) > _SHARP
        sparse = len(values) > _MOST_VALUES and max(values) - min(values) >= len(values) + _SMALL
        if lossy or sparse or len(colors) > 255:
            raise _no_classes(path, len(colors) or len(values), bool(colors))
    if not read:
        raise WorldError("none of the masks can be read", "save them as gray, palette or RGB PNG")
    if any(color >> 16 != color & 255 or color >> 8 & 255 != color & 255 for color in colors):
        gray = {value * 0x010101 for value in values}
        return Pixels(frozenset(colors | gray), True, read)
    found = frozenset(values | {color & 255 for color in colors})
    if len(found) > _MOST_VALUES and max(found - {_VOID}) >= len(found):
        raise _no_classes(masks[0], len(found), False)
    return Pixels(found, False, read)


def _of_mask(mask: Any) -> tuple[set[int], set[int]]:
    """Return the numbers of a mask, or its colors."""
    if mask.mode in ("RGB", "RGBA"):
        held = mask.convert("RGB").getcolors(256)
        if held is None:
            return set(), set(range(256 * 256))
        return set(), {red << 16 | green << 8 | blue for _, (red, green, blue) in held}
    if mask.mode == "1":
        return {int(value > 0) for _, value in mask.getcolors()}, set()
    if mask.mode in ("L", "P", "LA", "PA"):
        band = mask if len(mask.getbands()) == 1 else mask.getchannel(0)
        return set(band.tobytes()), set()
    if mask.mode.startswith("I"):
        from array import array

        wide = mask.convert("I")
        return set(array("i", wide.tobytes())), set()
    raise ValueError(mask.mode)


def _no_classes(path: Path, count: int, colors: bool) -> WorldError:
    what = "colors" if colors else "values"
    if path.suffix.lower() in _LOSSY:
        return WorldError(
            f"mask `{path}` is a {path.suffix[1:].upper()}, which blurs the values of its pixels",
            "save the masks as PNG from where they were drawn; or set each pixel to the nearest "
            "class's value",
        )
    return WorldError(
        f"the masks, such as `{path}`, hold more than {min(count, 255)} {what}, as photographs do",
        "a mask's pixels say classes: a number or a color for each, with hard edges between them",
    )


def _by_number(seen: Pixels, names: tuple[str, ...]) -> MaskClasses:
    """Numbers from 0 on are classes; others are mapped. 255 is ignored beside small numbers."""
    held = sorted(seen.values)
    small = [value for value in held if value != _VOID]
    void = _VOID if _VOID in held and len(small) > 1 and small[-1] < _SMALL else None
    used = small if void is not None else held
    if names and used[-1] < len(names):
        return MaskClasses(names, ignore=void, named=True)
    if names and len(used) == len(names):
        return MaskClasses(names, tuple(used), void, named=True)
    if used == [0, _VOID]:
        return MaskClasses(("background", "object"), (0, _VOID))
    if used == list(range(len(used))):
        return MaskClasses(tuple(f"class{value}" for value in used), ignore=void)
    return MaskClasses(tuple(f"class{value}" for value in used), tuple(used), void)


def _by_color(seen: Pixels, known: dict[int, str]) -> MaskClasses:
    """Return a class for each color; those that a file names go by its names, and are all there."""
    if known and seen.values <= known.keys():
        return MaskClasses(tuple(known.values()), tuple(map(_color, known)), named=True)
    held = sorted(seen.values)
    names = tuple(known.get(each) or ("background" if each == 0 else f"color_{each:06x}") for each in held)
    return MaskClasses(names, tuple(map(_color, held)))


def _said(value: int | None, colors: bool) -> str:
    return "nothing" if value is None else f"the color {_color(value)}" if colors else f"the value {value}"


def _color(value: int) -> str:
    return f"#{value:06x}"


def _names(tree: Tree) -> tuple[str, ...]:
    """Return class names, one a line, where a file of a usual name lists them."""
    for path in _files(tree, LISTS):
        lines = tuple(dict.fromkeys(lines_of(path, tree)))
        if 2 <= len(lines) <= 255 and all(len(line) <= 100 and line.isprintable() for line in lines):
            return lines
    return ()


def _colors(tree: Tree) -> dict[int, str]:
    """Return the names of colors, where a file lists them: `64 128 64 Animal`, `Animal,64,128,64`."""
    for path in _files(tree, COLORS):
        found: dict[int, str] = {}
        for line in lines_of(path, tree):
            said = _TRIPLE.search(line)
            name = _TRIPLE.sub(" ", line).strip(" \t,;:") if said else ""
            if said and name and max(map(int, said.groups())) < 256 and name not in found.values():
                red, green, blue = map(int, said.groups())
                found[red << 16 | green << 8 | blue] = name
        if 2 <= len(found) <= 255:
            return found
    return {}


def _files(tree: Tree, names: Sequence[str]) -> list[str]:
    return [
        f"{folder}/{name}" if folder else name
        for folder, files in tree.others.items()
        for name in files
        if name.lower() in names
    ]
