"""What a folder seems to hold, by names and a few files' first bytes."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from archc.files.errors import WorldError
from archc.outline.found import Data, Folders, Look, Masks, Names
from archc.outline.masks import masks_in
from archc.outline.table import listed_in
from archc.outline.tree import Tree, tree_of, usual_size

TRAIN = ("train", "training")
VALID = ("valid", "val", "validation", "test", "testing")
_NAME = re.compile(r"(?P<label>.*?[^\W\d].*?)[_-]\d+\.\w+")
_LABEL = r"(?P<label>[^/]+)[_-][0-9]+[.][A-Za-z]+$"


def look(folder: Path) -> Look:
    """What a data folder seems to hold: masks beside images, a table of images, class folders, or names that
    begin with the class.

    Raises:
        WorldError: none of these.
    """
    tree = tree_of(folder)
    if not tree.pictures:
        raise WorldError(f"there are no pictures in `{folder}`", "name the folder that holds the data")
    data = masks_in(tree) or listed_in(tree) or _folders(tree) or _names(tree)
    if data is None:
        raise WorldError(
            f"`{folder}` holds {sum(map(len, tree.pictures.values()))} pictures and no classes",
            "put the pictures of each class into a folder of its own, add a table (.csv) of them,"
            " or lay masks of the same names in a folder beside them",
        )
    size, channels = usual_size(_inputs(tree, data))
    return Look(data, size, channels)


def _inputs(tree: Tree, data: Data) -> list[Path]:
    """The pictures that go into the model."""
    lead = None
    if isinstance(data, Masks):
        lead = data.train[0].rpartition("/")[0]
    return [
        tree.top / folder / name
        for folder, names in tree.pictures.items()
        if lead is None or folder == lead
        for name in names
    ]


def _folders(tree: Tree) -> Folders | None:
    """Class folders, below the folders of a split where there are such."""
    tops = {name.split("/")[0] for name in tree.pictures if name}
    named = {name.lower(): name for name in sorted(tops)}
    train = next((named[word] for word in TRAIN if word in named), None)
    valid = next((named[word] for word in VALID if word in named), None)
    start = train or ""
    found = {name: files for name, files in tree.below(start).items() if name}
    levels = _levels(found)
    classes = sorted({"/".join(name.split("/")[:levels]) for name in found})
    images = sum(map(len, found.values()))
    if levels == 0 or len(classes) < 2 or tree.pictures.get(start):
        return None
    known = train is not None and valid is not None and _same(tree, valid, classes, levels)
    return Folders(tuple(classes), images, train, valid if known else None, levels, _group(levels, train))


def _levels(found: dict[str, tuple[str, ...]]) -> int:
    """How deep the pictures lie, where it is equally deep; else 1, or 0 where there are none."""
    depths = {name.count("/") + 1 for name in found}
    return depths.pop() if len(depths) == 1 else min(1, len(depths))


def _same(tree: Tree, valid: str, classes: list[str], levels: int) -> bool:
    """Whether validation's classes are among those of training."""
    others = {"/".join(name.split("/")[:levels]) for name in tree.below(valid) if name}
    return bool(others) and others <= set(classes)


def _group(levels: int, train: str | None) -> str | None:
    """The folder above the class, which classes of one kind share."""
    if levels < 2:
        return None
    lead = f"{re.escape(train)}/" if train else ""
    return f"^{lead}(?P<group>{'/'.join(['[^/]+'] * (levels - 1))})/"


def _names(tree: Tree) -> Names | None:
    """Pictures in one folder whose names are a word and a number."""
    folder, files = max(tree.pictures.items(), key=lambda item: len(item[1]))
    found = [match["label"] for name in files if (match := _NAME.fullmatch(name))]
    counts = Counter(found)
    if len(found) < len(files) or len(counts) < 2 or len(counts) > len(files) // 2:
        return None
    suffixes = {Path(name).suffix for name in files}
    pattern = f"*{suffixes.pop()}" if len(suffixes) == 1 else "*"
    lead = f"{folder}/" if folder else ""
    label = f"^{re.escape(lead)}{_LABEL}"
    return Names(lead + pattern, label, tuple(sorted(counts)), len(files))
