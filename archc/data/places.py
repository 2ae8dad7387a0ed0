"""Images found on disk: by pattern, or in folders; nothing outside of the data's root is ever looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from archc.files.errors import WorldError, from_os_error
from archc.files.image_header import SUFFIXES
from archc.files.within import is_hidden, path_fault, stays_within

DEEPEST = 32
"""Folders below each other that are looked into."""


def matching(root: Path, pattern: str, key: str) -> list[Path]:
    """Return the images below `root` that the pattern finds, sorted; messages call the pattern `key`.

    Raises:
        WorldError: the pattern is none or leaves `root`, or no image matches.
    """
    fault = path_fault(pattern)
    if fault is not None:
        raise WorldError(f"{key}: pattern `{pattern}` {fault}")
    if pattern.startswith("/"):
        raise WorldError(f"{key}: pattern `{pattern}` is absolute", "write it as seen from root")
    try:
        found = [path for path in root.glob(pattern) if path.is_file()]
    except (ValueError, NotImplementedError) as error:
        raise WorldError(f"{key}: `{pattern}` is no pattern: {error}") from error
    images = sorted(path for path in found if path.suffix.lower() in SUFFIXES)
    if not images:
        others = f"; {len(found)} files match that are no images" if found else ""
        raise WorldError(f"{key}: no image matches `{pattern}` in `{root}`{others}", what_is_there(root))
    for path in images:
        stays_within(root, path)
    return images


def images_below(root: Path, folder: Path) -> list[Path]:
    """Return all images in `folder` and its folders, sorted; hidden ones left out.

    A link must lead into `root`.

    Raises:
        WorldError: a folder cannot be read, or a link leads out of `root`.
    """
    return sorted(_walked(root, folder, 0))


def folders_in(root: Path, folder: Path) -> list[str]:
    """Return the names of the folders in `folder`, sorted; hidden ones left out."""
    return sorted(entry.name for entry in _entries(root, folder) if entry.is_dir())


def what_is_there(folder: Path) -> str:
    """Return a few names of what a folder holds, as a remedy."""
    names = sorted(entry.name + "/" * entry.is_dir() for entry in folder.iterdir())
    listed = ", ".join(f"`{name}`" for name in names[:6]) or "nothing"
    return f"there is {listed}" + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _walked(root: Path, folder: Path, depth: int) -> Iterator[Path]:
    if depth > DEEPEST:
        raise WorldError(f"`{folder}` lies {depth} folders deep", "is there a link that leads in a circle?")
    for entry in _entries(root, folder):
        if entry.is_dir():
            yield from _walked(root, Path(entry.path), depth + 1)
        elif os.path.splitext(entry.name)[1].lower() in SUFFIXES and _may_be_read(entry):  # noqa: PTH122 - a million times
            yield Path(entry.path)


def _may_be_read(entry: os.DirEntry[str]) -> bool:
    """Return False for pipes, devices and sockets: they are left out, as in every search.

    A link that leads nowhere stays, so that it is named.
    """
    return entry.is_file() or entry.is_symlink()


def _entries(root: Path, folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            seen = [entry for entry in entries if not is_hidden(entry.name)]
    except OSError as error:
        raise from_os_error("read", folder, error) from error
    for entry in seen:
        if entry.is_symlink():
            stays_within(root, Path(entry.path))
    return seen
