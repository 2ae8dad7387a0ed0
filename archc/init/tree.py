"""The images of a folder, by the folders that hold them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archc.files.errors import WorldError, from_os_error
from archc.files.image_header import SUFFIXES
from archc.files.within import is_hidden

DEEPEST = 8
MOST = 500_000
"""Files beyond which looking stops: enough to tell what there is."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Names of images by folder, which is named as seen from the top with `/`; "" is the top itself.

    Attributes:
        others: the other files.
        folders: every folder, those without files too.
        notes: what was not looked at: a sentence each.
    """

    top: Path
    images: dict[str, tuple[str, ...]]
    others: dict[str, tuple[str, ...]]
    folders: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def below(self, folder: str) -> dict[str, tuple[str, ...]]:
        """Return the folders with images below one, named as seen from it."""
        lead = f"{folder}/" if folder else ""
        return {name[len(lead) :]: files for name, files in self.images.items() if name.startswith(lead)}

    @property
    def count(self) -> int:
        """The number of all images."""
        return sum(map(len, self.images.values()))


def tree_of(top: Path) -> Tree:
    """Look into a folder and those below it.

    Hidden files, links to folders, and what is no regular file (a pipe, a device) are left out.

    Raises:
        WorldError: there is no such folder, or it cannot be read.
    """
    try:
        if not top.is_dir():
            raise WorldError(f"`{top}` is no folder", "name the folder that holds the data")
    except OSError as error:
        raise from_os_error("read", top, error) from error
    walk = _Walk(top)
    walk.look("")
    return Tree(top, walk.images, walk.others, tuple(walk.folders), tuple(walk.notes()))


class _Walk:
    """The state of looking into folders."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.images: dict[str, tuple[str, ...]] = {}
        self.others: dict[str, tuple[str, ...]] = {}
        self.folders: list[str] = []
        self.seen = 0
        self.links: list[str] = []
        self.deep: list[str] = []
        self.odd: list[str] = []

    def look(self, top: str) -> None:
        """Return every folder from `top` on, in the order of names."""
        todo = [top]
        while todo:
            folder = todo.pop()
            inner = self._folder(folder)
            self.folders.append(folder)
            if folder.count("/") + 2 > DEEPEST or self.seen > MOST:
                self.deep += inner
            else:
                todo += sorted(inner, reverse=True)

    def _folder(self, folder: str) -> list[str]:
        """Sort out what lies in a folder; return the folders in it."""
        files, inner = [], []
        lead = f"{folder}/" if folder else ""
        for entry in _entries(self.top / folder):
            name = lead + entry.name
            if not name.isprintable() or any("\ud800" <= c <= "\udfff" for c in name):
                self.odd.append(name)
            elif entry.is_dir(follow_symlinks=False):
                inner.append(name)
            elif _leads(entry, "folder"):
                self.links.append(name)
            elif _leads(entry, "file"):
                files.append(entry.name)
            else:
                self.odd.append(name)
        files.sort()
        self.seen += len(files)
        held = tuple(each for each in files if each.lower().endswith(SUFFIXES))
        rest = tuple(each for each in files if not each.lower().endswith(SUFFIXES))
        self.images |= {folder: held} if held else {}
        self.others |= {folder: rest} if rest else {}
        return inner

    def notes(self) -> Iterable[str]:
        """Return what was not looked at."""
        yield from counted_names(self.links, "link to a folder is", "links to folders are", "not followed")
        yield from counted_names(
            self.odd,
            "name is",
            "names are",
            "not used: no regular file or folder, or a name that cannot be printed (rename it)",
        )
        if self.deep:
            why = f"more than {MOST:,} files" if self.seen > MOST else f"more than {DEEPEST} folders deep"
            yield from counted_names(self.deep, "folder is", "folders are", f"not looked into: {why}")


def counted_names(names: Sequence[str], one: str, several: str, what: str) -> Iterable[str]:
    """Return a sentence on some names, the first of which is said; none where there are none."""
    if names:
        shown = "".join(c if c.isprintable() else "?" for c in names[0][:100])
        subject = one if len(names) == 1 else several
        yield f"{len(names):,} {subject} {what}: `{shown}`" + (", ..." if len(names) > 1 else "")


def _leads(entry: os.DirEntry[str], kind: Literal["folder", "file"]) -> bool:
    """Return whether an entry is of this kind, links followed; one that leads to itself is of none."""
    try:
        return entry.is_dir() if kind == "folder" else entry.is_file()
    except OSError:
        return False


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not is_hidden(entry.name)]
    except OSError as error:
        raise from_os_error("read", folder, error) from error


def sampled(files: Sequence[Path], count: int) -> list[Path]:
    """Return some of the files, evenly over all."""
    step = max(1, len(files) // count)
    return list(files[::step])[:count]
