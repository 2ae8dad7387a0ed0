"""The files and folders that `archc predict` is given, as groups of as many images as the model takes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archc.files.errors import WorldError, from_os_error, shortened
from archc.files.image_header import SUFFIXES

if TYPE_CHECKING:
    from archc.runtime.predict import Failure, Group
    from archc.runtime.session import Model

_LONGEST_NAME = 255
"""Bytes of a file's name, on nearly every file system."""


def groups_of(named: Sequence[str], model: Model, *, maps: bool) -> list[Group | Failure]:
    """Return the groups in order, each fault of a name, a folder or a group in its place.

    Of a folder for each input, images of one name go together. With `maps`, the class maps of the groups must
    have names of their own.

    Raises:
        WorldError: the number of images or folders is not one that the model takes, or two class maps would
            have one name.
    """
    from archc.runtime.predict import grouped

    paths, each = [Path(name) for name in named], len(model.description.inputs)
    if each == 1:
        groups = [group for path in paths for group in _of_one(path)]
    elif any(map(_is_folder, paths)):
        groups = _paired(paths, each)
    else:
        groups = list(grouped(model, paths))
    return _with_names(groups, model) if maps else groups


def _of_one(path: Path) -> Iterator[Group | Failure]:
    if not _is_folder(path):
        yield (path,)
        return
    try:
        yield from ((image,) for image in _listed(path))
    except WorldError as fault:
        yield _failure((path,), fault)


def _paired(folders: Sequence[Path], each: int) -> list[Group | Failure]:
    if len(folders) != each or not all(map(_is_folder, folders)):
        raise WorldError(f"the model takes {each} images at a time", f"name {each} images, or {each} folders")
    listed = [_listed(folder) for folder in folders]
    stems = sorted({image.stem for images in listed for image in images})
    by_stem = [_by_stem(images) for images in listed]
    return [_together(stem, folders, [images.get(stem, []) for images in by_stem]) for stem in stems]


def _together(stem: str, folders: Sequence[Path], found: Sequence[Sequence[Path]]) -> Group | Failure:
    there = tuple(path for paths in found for path in paths)
    for folder, paths in zip(folders, found, strict=True):
        if len(paths) == 1:
            continue
        what = "is not in" if not paths else "is more than once in"
        fault = WorldError(
            f"`{shortened(stem)}` {what} `{folder}`",
            "images that go together have one name in all folders",
        )
        return _failure(there, fault)
    return there


def _by_stem(images: Sequence[Path]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for image in images:
        found.setdefault(image.stem, []).append(image)
    return found


def _listed(folder: Path) -> list[Path]:
    try:
        found = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise from_os_error("read", folder, error) from error
    if not found:
        raise WorldError(f"no image in {folder}", f"images end in {', '.join(SUFFIXES)}")
    return found


def _with_names(groups: Sequence[Group | Failure], model: Model) -> list[Group | Failure]:
    """Return the groups; class maps bear the names of their first images."""
    from archc.runtime.predict import Failure

    outputs = model.description.outputs
    longest = max(len(os.fsencode(output.name)) for output in outputs) + 1 if len(outputs) > 1 else 0
    room = _LONGEST_NAME - longest - len("_overlay.png")
    first: dict[str, Path] = {}
    kept: list[Group | Failure] = []
    for group in groups:
        if isinstance(group, Failure):
            kept.append(group)
            continue
        path = group[0]
        other = first.setdefault(path.stem, path)
        if other is not path:
            raise WorldError(
                f"the class maps of `{other}` and `{path}` would have one name",
                "predict them one after the other, into two folders",
            )
        if len(os.fsencode(path.stem)) > room:
            fault = WorldError(f"`{shortened(path)}`: the names of its class maps would be too long")
            kept.append(_failure(group, fault))
        else:
            kept.append(group)
    return kept


def _failure(paths: Group, fault: WorldError) -> Failure:
    from archc.runtime.predict import Failure

    return Failure(paths, fault)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name too long, or with a NUL: opening the file says so
        return False
