"""Images and their masks: files that go together by name, in two folders or side by side in one."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from archc.files.errors import WorldError
from archc.files.image_header import image_header
from archc.init.found import Masks
from archc.init.lists import TRAIN, VALID, lines_of, split_lists, ways_to_say
from archc.init.mask_classes import mask_classes
from archc.init.tree import Tree, sampled

_SAID = re.compile(r"mask|label|annot|seg(?!y)|(?:^|[/_-])gt|truth|target", re.IGNORECASE)
_BESIDE = re.compile(r"mask|label|annot|[_-]seg|[_-]gt|truth", re.IGNORECASE)
_CALLED = re.compile(r".*(mask|annot|segmentation|truth).*|gt|seg", re.IGNORECASE)
_COMPLETE = 0.9
"""The share of masks that must have an image."""
_MOST_FOLDERS = 50
_LOOKED_INTO = 20


class Pair(NamedTuple):
    """A folder of images with that of their masks: `before` and `after` stand around an image's stem.

    `files` are the images that have a mask, `bare` those that have none.
    """

    folder: str
    masks: str
    before: str
    after: str
    files: tuple[str, ...]
    bare: tuple[str, ...]

    @property
    def template(self) -> str:
        return _joined(self.masks, f"{self.before}{{stem}}{self.after}")


class Found(NamedTuple):
    """The masks, what is to be said of them, and the folders that they and their images lie in."""

    masks: Masks
    notes: tuple[str, ...]
    folders: frozenset[str]


def masks_in(tree: Tree) -> Found | None:
    """Find images with masks, in both splits; None where there are none.

    Raises:
        WorldError: there are masks, but no spec can be written for them.
    """
    pairs = _pairs(tree)
    if not pairs:
        _refuse_lone_masks(tree)
        return None
    train, valid = _splits(pairs)
    lists = (None, None) if valid else split_lists(tree, ways_to_say(train.folder, train.files))
    used = [each for each in (train, valid) if each]
    for pair in used:
        if pair.bare and lists == (None, None):
            raise _bare(pair)
    files = [
        tree.top / pair.template.replace("{stem}", Path(name).stem) for pair in used for name in pair.files
    ]
    classes = mask_classes(tree, files)
    masks = Masks(
        _patterns(train),
        _patterns(valid) if valid else None,
        len(train.files) if lists[0] is None else len(lines_of(lists[0], tree)),
        classes.classes,
        classes.values,
        classes.ignore,
        classes.named,
        lists,
    )
    taken = frozenset(folder for pair in used for folder in (pair.folder, pair.masks))
    return Found(masks, tuple(_notes(pairs, used, lists, tree)), taken)


def _notes(
    pairs: list[Pair], used: list[Pair], lists: tuple[str | None, str | None], tree: Tree
) -> list[str]:
    said = [
        f"{len(pair.files):,} images with masks in `{pair.folder}` are left out"
        for pair in pairs
        if pair not in used
    ]
    if lists[0] and lists[1]:
        count = sum(len(lines_of(path, tree)) for path in lists if path)
        there = len(used[0].files) + len(used[0].bare)
        said += [f"{there - count:,} of {there:,} images are in neither list"] if count < there else []
    return said


def _patterns(pair: Pair) -> tuple[str, str]:
    suffixes = {Path(name).suffix for name in (*pair.files, *pair.bare)}
    alone = f"*{suffixes.pop()}" if len(suffixes) == 1 else "*"
    return _joined(pair.folder, alone), pair.template


def _pairs(tree: Tree) -> list[Pair]:
    held = [folder for folder in tree.images if _SAID.search(folder) or _holds_masks(tree, folder)]
    if len(held) > _MOST_FOLDERS:
        held = [folder for folder in held if _SAID.search(folder)][:_MOST_FOLDERS]
    found = []
    for folder in tree.images:
        pair = _side_by_side(tree, folder) or _pair_of(tree, folder, held)
        if pair:
            found.append(pair)
    masks = {pair.masks for pair in found if pair.masks != pair.folder}
    return [pair for pair in found if pair.folder not in masks]


def _pair_of(tree: Tree, folder: str, held: list[str]) -> Pair | None:
    """Return the folder with the one of `held` that has its masks, if there is one."""
    if folder in held and _SAID.search(folder.rpartition("/")[2]):
        return None
    files = tree.images[folder]
    for other in sorted((each for each in held if each != folder), key=lambda each: -_likeness(folder, each)):
        masks = tree.images[other]
        for before, after in _affixes(files, masks):
            pair = _paired(folder, other, before, after, files, masks)
            said = _SAID.search(other[_shared(folder, other) :] + before + after) or _SAID.search(
                other.rpartition("/")[2]
            )
            if pair and (said or (folder not in held and _few_values(tree, other))):
                return pair
    return None


def _side_by_side(tree: Tree, folder: str) -> Pair | None:
    """Return images and masks in one folder: `x.jpg` with `x_mask.png`, or `x.jpg` with `x.png`."""
    files = tree.images[folder]
    said = [
        name for name in files if re.search(r"mask|label|annot|[_-]seg|[_-]gt|truth", Path(name).stem, re.I)
    ]
    rest = [name for name in files if not _BESIDE.search(Path(name).stem)]
    if not said:
        said = [name for name in files if name.lower().endswith(".png")]
        rest = [name for name in files if not name.lower().endswith(".png")]
        if not rest or not all(_is_mask(tree.top / folder / name) for name in said[:_LOOKED_INTO]):
            return None
    for before, after in _affixes(rest, tuple(said)):
        if pair := _paired(folder, folder, before, after, tuple(rest), tuple(said)):
            return pair
    return None


def _paired(
    folder: str, other: str, before: str, after: str, files: tuple[str, ...], masks: tuple[str, ...]
) -> Pair | None:
    """Return the pair, where nearly all masks belong to an image."""
    there = frozenset(masks)
    has = [f"{before}{Path(name).stem}{after}" in there for name in files]
    if sum(has) < max(2, _COMPLETE * min(len(masks), len(files))):
        return None
    if len(masks) > len(files) and sum(has) < _COMPLETE * len(files):
        return None
    good = tuple(name for name, found in zip(files, has, strict=True) if found)
    bare = tuple(name for name, found in zip(files, has, strict=True) if not found)
    return Pair(folder, other, before, after, good, bare)


def _affixes(files: tuple[str, ...] | list[str], masks: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return what stands before and after an image's stem in the names of masks; the shortest first."""
    found: Counter[tuple[str, str]] = Counter()
    for name in sorted({*files[:5], *files[-5:]}, key=len):
        stem = Path(name).stem
        parts = [mask.partition(stem) for mask in masks if stem in mask]
        found.update((before, after) for before, _, after in parts if "/" not in after)
    return sorted(found, key=lambda p: (len(p[0]) + len(p[1]), p))[:8]


def _splits(pairs: list[Pair]) -> tuple[Pair, Pair | None]:
    """Return the pair to train on and the one that is held out, by what their folders are called."""
    by_word = {word: pair for pair in reversed(pairs) for word in _words(pair.folder)}
    train = next((by_word[word] for word in TRAIN if word in by_word), None)
    valid = next((by_word[word] for word in VALID if word in by_word), None)
    if train and valid and train != valid:
        return train, valid
    return max(pairs, key=lambda pair: len(pair.files)), None


def _words(folder: str) -> list[str]:
    return [word for word in re.split(r"[/_ -]+|(?<=[a-z])(?=[A-Z0-9])", folder) for word in (word.lower(),)]


def _bare(pair: Pair) -> WorldError:
    there = len(pair.files) + len(pair.bare)
    name = _joined(pair.folder, pair.bare[0])
    suffixes = Counter(Path(name).suffix for name in pair.files)
    usual = suffixes.most_common(1)[0][0]
    return WorldError(
        f"{len(pair.files):,} of {there:,} images in `{pair.folder or '.'}` have a mask `{pair.template}`; "
        f"`{name}` and {len(pair.bare) - 1:,} more have none",
        "move those away, give all masks one suffix, or list the images that have one in train.txt "
        "and val.txt"
        f", one a line, such as {Path(pair.files[0]).stem}{usual}",
    )


def _refuse_lone_masks(tree: Tree) -> None:
    """Raise where folders are called like masks and no image goes with them."""
    last = {folder: folder.rpartition("/")[2] for folder in tree.images}
    lone = [
        f
        for f, name in last.items()
        if re.fullmatch(r".*(mask|annot|segmentation|truth).*|gt|seg", name, re.I)
    ]
    if lone and len(lone) < len(last):
        raise WorldError(
            f"`{lone[0]}` is called like a folder of masks, but its {len(tree.images[lone[0]]):,} "
            "files go with "
            "no images",
            "give each mask the name of its image, with one thing before or behind it: x.jpg and x_mask.png",
        )


def _holds_masks(tree: Tree, folder: str) -> bool:
    return _is_mask(tree.top / folder / tree.images[folder][0])


def _is_mask(path: Path) -> bool:
    header = image_header(path)
    lossless = path.suffix.lower() not in (".jpg", ".jpeg")
    return header is not None and lossless and (header.channels == 1 or header.palette)


def _few_values(tree: Tree, folder: str) -> bool:
    """Return whether the images of a folder have hard edges between a few values, as masks have."""
    from archc.init.mask_classes import pixels_of

    files = sampled([tree.top / folder / name for name in tree.images[folder]], 4)
    try:
        seen = pixels_of(files)
    except WorldError:
        return False
    return seen is not None and 1 < len(seen.values) <= 64


def _shared(one: str, other: str) -> int:
    """Return how many characters two names begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _likeness(folder: str, other: str) -> int:
    """Return how much two folders are called alike.

    `images/val` goes with `masks/val`, `val` with `valannot`.
    """
    return _shared(folder, other) + _shared(folder[::-1], other[::-1])


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
