"""Class folders: which folders are classes, and which are splits or wrap all of it."""

from __future__ import annotations

import re

from archc.files.errors import WorldError
from archc.init.found import Folders
from archc.init.lists import TRAIN, VALID
from archc.init.tree import Tree
from archc.plan.targets import in_order

_NO_CLASS = re.compile(
    r"images?|imgs?|pics?|pictures?|photos?|jpegs?|jpegimages|data|dataset|all", re.IGNORECASE
)


def folders_in(tree: Tree) -> tuple[Folders, tuple[str, ...]] | None:
    """Return class folders, below the folders of a split where there are such, and what is left out.

    Raises:
        WorldError: there are class folders, but no spec can be written for them.
    """
    top = _wrapped(tree)
    inner = tree.below(top)
    lead = f"{top}/" if top else ""
    tops = {name.split("/")[0] for name in inner if name}
    named = {name.lower(): name for name in sorted(tops)}
    train = next((lead + named[word] for word in TRAIN if word in named), None)
    valid = next((lead + named[word] for word in VALID if word in named), None)
    start = train or top
    found = {name: files for name, files in tree.below(start).items() if name}
    levels = _levels(found)
    classes = in_order({"/".join(name.split("/")[:levels]) for name in found})
    if levels == 0 or (
        train is None and valid is None and all(_NO_CLASS.fullmatch(each) for each in classes)
    ):
        return None
    _refuse(tree, start, found, classes)
    known = train is not None and valid is not None and _same(tree, valid, classes, levels)
    kept = valid if known else None
    images = sum(map(len, found.values()))
    data = Folders(tuple(classes), images, start or None, kept, levels, _group(levels, start))
    return data, tuple(_left_out(tree, start, kept, data))


def _wrapped(tree: Tree) -> str:
    """Return the folder that holds all images, where it is the only one on its level."""
    top = ""
    while not tree.images.get(top):
        names = {name.split("/")[0] for name in tree.below(top)}
        if len(names) != 1 or not any("/" in name for name in tree.below(top)):
            return top
        only = names.pop()
        if only.lower() in TRAIN:
            return top
        top = f"{top}/{only}" if top else only
    return top


def _refuse(tree: Tree, start: str, found: dict[str, tuple[str, ...]], classes: list[str]) -> None:
    place = start or tree.top.name or str(tree.top)
    beside = tree.images.get(start, ())
    if beside:
        raise WorldError(
            f"{len(beside):,} images lie in `{place}` beside the folders of classes, such as `{beside[0]}`",
            "move each into the folder of its class, or away",
        )
    if len(classes) < 2:
        raise WorldError(
            f"there is one class folder only, `{classes[0]}` in `{place}`",
            "images of a second class are needed",
        )
    words = {part.lower() for name in found for part in name.split("/")[1:]}
    if words and words <= {*TRAIN, *VALID}:
        raise WorldError(
            f"the folders of the split lie below those of the classes: `{next(iter(sorted(found)))}`",
            "turn them around: train/CLASS and val/CLASS",
        )
    lead = f"{start}/" if start else ""
    empty = [
        folder[len(lead) :]
        for folder in tree.folders
        if folder.startswith(lead)
        and folder.count("/") == lead.count("/")
        and folder != start
        and not any(name == folder or name.startswith(f"{folder}/") for name in tree.images)
    ]
    if empty:
        more = f", nor have {len(empty) - 1} more" if len(empty) > 1 else ""
        raise WorldError(f"the folder `{empty[0]}` in `{place}` has no image{more}", "remove it, or fill it")


def _left_out(tree: Tree, start: str, valid: str | None, data: Folders) -> list[str]:
    used = [start, *([valid] if valid else [])]
    rest = {
        name: len(files)
        for name, files in tree.images.items()
        if not any(not place or name == place or name.startswith(f"{place}/") for place in used)
    }
    tops: dict[str, int] = {}
    for name, count in rest.items():
        tops[name.split("/")[0] or "."] = tops.get(name.split("/")[0] or ".", 0) + count
    said = [f"{count:,} images in `{name}` are left out" for name, count in sorted(tops.items())]
    single = sum(
        sum(map(len, tree.below(_joined(start, name)).values())) == 1 for name in data.classes[:2000]
    )
    if single:
        said.append(f"{single:,} classes have a single image: it is trained on, and none is left to measure")
    if data.levels > 1:
        above = len({name.rpartition("/")[0] for name in data.classes})
        said.append(f"a class is a folder and the one above; levels = 1 learns the {above:,} above alone")
    return said


def _joined(start: str, name: str) -> str:
    return f"{start}/{name}" if start else name


def _levels(found: dict[str, tuple[str, ...]]) -> int:
    """Return how deep the images lie, where it is equally deep; else 1, or 0 where there are none."""
    depths = {name.count("/") + 1 for name in found}
    if len(depths) != 1:
        return min(1, len(depths))
    depth = depths.pop()
    last = {name.rpartition("/")[2] for name in found}
    return depth - 1 if depth > 1 and len(last) == 1 else depth


def _same(tree: Tree, valid: str, classes: list[str], levels: int) -> bool:
    """Return whether validation's classes are among those of training."""
    others = {"/".join(name.split("/")[:levels]) for name in tree.below(valid) if name}
    return bool(others) and others <= set(classes) and not tree.images.get(valid)


def _group(levels: int, train: str) -> str | None:
    """Return the folder above the class, which classes of one kind share."""
    if levels < 2:
        return None
    lead = f"{re.escape(train)}/" if train else ""
    return f"^{lead}(?P<group>{'/'.join(['[^/]+'] * (levels - 1))})/"
