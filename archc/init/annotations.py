"""Annotations that no spec can name: boxes and outlines of objects. What to do about them is said."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from archc.files.errors import WorldError
from archc.files.regular import open_regular
from archc.init.tree import Tree

_HEAD = 200_000
"""Bytes of a file that are looked at."""
_MOST = 200
_YOLO = re.compile(r"\s*\d+(\s+-?\d*\.?\d+(e-?\d+)?){4,}\s*(\n|$)")


def refuse_boxes(tree: Tree) -> None:
    """Return where no file looks like annotations of objects.

    Raises:
        WorldError: there are some: COCO's or labelme's JSON, Pascal VOC's XML, YOLO's text.
    """
    found = _coco(tree) or _beside(tree)
    if found is not None:
        raise found


def _coco(tree: Tree) -> WorldError | None:
    for folder, name in _named(tree, ".json"):
        head = _head(tree, folder, name)
        if _is_coco(name, head):
            return WorldError(
                f"`{_path(folder, name)}` holds annotations of objects as COCO has them: boxes and outlines",
                "archc learns one mask an image: draw the outlines into masks of class numbers (pycocotools: "
                "annToMask), in a folder beside the images; or write the classes of each image into a table",
            )
    return None


def _is_coco(name: str, head: bytes) -> bool:
    called = name.startswith(("instances_", "stuff_", "panoptic_", "_annotations.coco"))
    return b'"images"' in head and (called or (b'"annotations"' in head and b'"info"' in head))


def _beside(tree: Tree) -> WorldError | None:
    """Annotations in a file for each image."""
    stems = {Path(name).stem for names in tree.images.values() for name in names}
    kinds: Counter[str] = Counter()
    for suffix, kind in ((".json", "labelme"), (".xml", "Pascal VOC"), (".txt", "YOLO")):
        named = [(folder, name) for folder, name in _named(tree, suffix) if Path(name).stem in stems]
        kinds[kind] = sum(_looks_like(kind, _head(tree, folder, name)) for folder, name in named[:20])
    kind, count = kinds.most_common(1)[0]
    if not count:
        return None
    remedy = {
        "labelme": "draw the outlines into masks (labelme2voc), in a folder beside",
        "Pascal VOC": "archc tells classes of images or of pixels: cut the objects out, or draw masks",
        "YOLO": "archc tells classes of images or of pixels: cut the objects out, or draw masks",
    }
    return WorldError(
        f"`{tree.top}` holds boxes or outlines of objects as {kind} has them, a file for each image",
        f"{remedy[kind]}; or write the classes of each image into a table",
    )


def _looks_like(kind: str, head: bytes) -> bool:
    if kind == "labelme":
        return b'"shapes"' in head
    if kind == "Pascal VOC":
        return b"<annotation" in head
    lines = [line for line in head.decode("ascii", "replace").splitlines()[:5] if line.strip()]
    return bool(lines) and all(_YOLO.match(line) for line in lines)


def _named(tree: Tree, suffix: str) -> list[tuple[str, str]]:
    found = ((folder, name) for folder, names in tree.others.items() for name in names)
    return [(folder, name) for folder, name in found if name.lower().endswith(suffix)][:_MOST]


def _head(tree: Tree, folder: str, name: str) -> bytes:
    try:
        with open_regular(tree.top / folder / name) as file:
            return file.read(_HEAD)
    except (OSError, WorldError):
        return b""


def _path(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
