"""Images and their masks: folders whose files go together by name."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from archc.files.picture_header import picture_header
from archc.outline.found import Masks
from archc.outline.tree import Tree, sampled

_SAID = re.compile(r"mask|label|annot|seg|gt|truth", re.IGNORECASE)
_TRAIN = re.compile(r"(?:^|[/_-])train", re.IGNORECASE)
_HELD_OUT = (re.compile(r"(?:^|[/_-])val", re.IGNORECASE), re.compile(r"(?:^|[/_-])test", re.IGNORECASE))
_LISTS = ("codes.txt", "classes.txt", "labels.txt", "class_names.txt")
_MOST_READ = 100_000
"""Characters of a list of classes."""
_LOOKED_INTO = 40
_SHARE = 0.2
_COMPLETE = 0.9
"""The share of images that must have a mask."""
_MOST_FOLDERS = 50
_LARGEST = 8_000_000
"""Pixels of a mask beyond which its values are not counted."""


class Pair(NamedTuple):
    """A folder of images with that of their masks; `masks` is the masks' pattern."""

    folder: str
    suffix: str
    masks: str
    files: tuple[str, ...]

    @property
    def images(self) -> str:
        return _joined(self.folder, f"*{self.suffix}")


def masks_in(tree: Tree) -> Masks | None:
    """Images with masks, in both splits; None where there are none."""
    held = [folder for folder, names in tree.pictures.items() if _is_mask(tree.top / folder / names[0])]
    if len(held) > _MOST_FOLDERS:
        held = [folder for folder in held if _SAID.search(folder)][:_MOST_FOLDERS]
    pairs = [pair for folder in tree.pictures if held and (pair := _pair_of(tree, folder, held))]
    if not pairs:
        return None
    train = next((pair for pair in pairs if _TRAIN.search(pair.folder)), None)
    valid = next((pair for word in _HELD_OUT for pair in pairs if word.search(pair.folder)), None)
    if train and valid and train != valid:
        patterns, split = ((train.images, train.masks), (valid.images, valid.masks)), False
    else:
        train = max(pairs, key=lambda pair: len(pair.files))
        by_name = _by_name(train)
        if by_name is None:
            return None
        patterns, split = by_name, True
    values = _values(tree, train)
    return Masks(*patterns, len(train.files), values, _names(tree), "names" if split else "folders")


def _pair_of(tree: Tree, folder: str, held: list[str]) -> Pair | None:
    """The folder with the one of `held` that has its masks, if there is one."""
    files = tree.pictures[folder]
    suffix, count = Counter(Path(name).suffix for name in files).most_common(1)[0]
    stems = [Path(name).stem for name in files if Path(name).suffix == suffix]
    if folder in held and _SAID.search(folder):
        return None
    for other in sorted(held, key=lambda other: -_likeness(folder, other)):
        names = frozenset(tree.pictures[other] if other != folder else ())
        for before, after in _affixes(stems[0], names):
            if sum(f"{before}{stem}{after}" in names for stem in stems) >= _COMPLETE * count:
                said = _SAID.search(other[_shared(folder, other) :] + before + after)
                if said or folder not in held:
                    return Pair(folder, suffix, _joined(other, f"{before}{{stem}}{after}"), tuple(stems))
    return None


def _shared(one: str, other: str) -> int:
    """How many characters two names begin with alike."""
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _likeness(folder: str, other: str) -> int:
    """How much two folders are called alike: `images/val` goes with `masks/val`, `val` with `valannot`."""
    return _shared(folder, other) + _shared(folder[::-1], other[::-1])


def _affixes(stem: str, names: frozenset[str]) -> list[tuple[str, str]]:
    """What stands before and after the stem in names that hold it."""
    parts = [name.partition(stem) for name in names if stem in name]
    return sorted({(before, after) for before, _, after in parts}, key=lambda p: len(p[0]) + len(p[1]))


def _is_mask(path: Path) -> bool:
    header = picture_header(path)
    lossless = path.suffix.lower() not in (".jpg", ".jpeg")
    return header is not None and lossless and (header.channels == 1 or header.palette)


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _by_name(pair: Pair) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """Two patterns that part the images by the last character of their names, about a fifth held out."""
    ends = Counter(stem[-1] for stem in pair.files)
    if len(ends) < 2 or not all(end.isalnum() and end.isascii() for end in ends):
        return None
    held: list[str] = []
    for end, count in sorted(ends.items()):
        if not held or sum(ends[each] for each in held) + count <= _SHARE * len(pair.files):
            held.append(end)
    rest = "".join(sorted(set(ends) - set(held)))
    train, valid = f"*[{rest}]{pair.suffix}", f"*[{''.join(held)}]{pair.suffix}"
    return (_joined(pair.folder, train), pair.masks), (_joined(pair.folder, valid), pair.masks)


def _names(tree: Tree) -> tuple[str, ...]:
    """Class names, one a line, where a file of a usual name lists them."""
    for folder, files in tree.others.items():
        for name in files:
            if name.lower() in _LISTS:
                with (tree.top / folder / name).open(encoding="utf-8", errors="replace") as file:
                    text = file.read(_MOST_READ)
                lines = tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
                if 2 <= len(lines) <= 255:
                    return lines
    return ()


def _values(tree: Tree, pair: Pair) -> tuple[int, ...]:
    """The pixel values of some of the masks; none where Pillow is not installed."""
    try:
        from PIL import Image
    except ImportError:
        return ()
    found: set[int] = set()
    for stem in sampled([Path(stem) for stem in pair.files], _LOOKED_INTO):
        path = tree.top / pair.masks.replace("{stem}", str(stem))
        try:
            with Image.open(path, formats=("PNG", "BMP", "GIF", "TIFF")) as mask:
                if mask.width * mask.height > _LARGEST or mask.mode not in ("L", "P", "1"):
                    return ()
                raw = mask.convert("L") if mask.mode == "1" else mask
                found |= set(raw.tobytes())
        except OSError:
            continue
    return tuple(sorted(found))
