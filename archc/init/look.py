"""Looking into a folder of data: at names, and at the first bytes of a few files."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from archc.files.errors import WorldError
from archc.init.annotations import refuse_boxes
from archc.init.folders import folders_in
from archc.init.found import Data, Look, Names
from archc.init.masks import masks_in
from archc.init.pixels import samples_of
from archc.init.table import listed_in
from archc.init.tree import Tree, tree_of
from archc.plan.targets import in_order

_NAME = re.compile(r"(?P<label>.*?[^\W\d].*?)[_-]\d+\.\w+")
_LABEL = r"(?P<label>[^/]+)[_-][0-9]+[.][A-Za-z]+$"


def look(folder: Path) -> Look:
    """Return what a data folder seems to hold.

    It may be masks beside images, a table of images, class folders, or names that begin with the class.

    Raises:
        WorldError: none of these, or something is in the way of a spec that would learn it.
    """
    tree = tree_of(folder)
    if not tree.images:
        raise WorldError(f"there are no images in `{folder}`", "name the folder that holds the data")
    data, notes, inputs = _data(tree)
    found = samples_of(inputs)
    depth = [] if found.dtype == "uint8" else [f"the images have {found.dtype} pixels, not 8 bits a channel"]
    told = (*tree.notes, *notes, *depth)
    return Look(data, told, found.size, found.channels, found.dtype, found.values, found.read)


def _data(tree: Tree) -> tuple[Data, tuple[str, ...], list[Path]]:
    """Return what there is, what is left out, and the images that go into the model."""
    if masks := masks_in(tree):
        lead = masks.masks.train[0].rpartition("/")[0]
        rest = _rest(tree, masks.folders)
        suffix = Path(masks.masks.train[0]).suffix
        names = [name for name in tree.images[lead] if not suffix or name.endswith(suffix)]
        return masks.masks, (*masks.notes, *rest), [tree.top / lead / name for name in names]
    if listed := listed_in(tree):
        return listed.listed, listed.notes, _all(tree)
    refuse_boxes(tree)
    if folders := folders_in(tree):
        start = folders[0].train or ""
        return *folders, [tree.top / start / f / n for f, names in tree.below(start).items() for n in names]
    if names_found := _names(tree):
        lead = names_found.pattern.rpartition("/")[0]
        return names_found, tuple(_rest(tree, frozenset((lead,)))), _all(tree)
    raise WorldError(
        f"`{tree.top}` holds {tree.count:,} images and no classes",
        "put the images of each class into a folder of its own, add a table (.csv) of them,"
        " or lay masks of the same names in a folder beside them",
    )


def _all(tree: Tree) -> list[Path]:
    return [tree.top / folder / name for folder, names in tree.images.items() for name in names]


def _rest(tree: Tree, used: frozenset[str]) -> list[str]:
    """Return what is said of the folders that are not used."""
    return [
        f"{len(files):,} images in `{folder or '.'}` are left out"
        for folder, files in sorted(tree.images.items())
        if folder not in used
    ]


def _names(tree: Tree) -> Names | None:
    """Return images in one folder whose names are a word and a number."""
    folder, files = max(tree.images.items(), key=lambda item: len(item[1]))
    found = [match["label"] for name in files if (match := _NAME.fullmatch(name))]
    counts = Counter(found)
    if len(found) < len(files) or len(counts) < 2 or len(counts) > len(files) // 2:
        return None
    suffixes = {Path(name).suffix for name in files}
    pattern = f"*{suffixes.pop()}" if len(suffixes) == 1 else "*"
    lead = f"{folder}/" if folder else ""
    label = f"^{re.escape(lead)}{_LABEL}"
    return Names(lead + pattern, label, tuple(in_order(counts)), len(files))
