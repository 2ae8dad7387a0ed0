"""The pictures of a folder, by the folders that hold them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low

from archc.files.errors import WorldError, from_os_error
from archc.files.picture_header import picture_header

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff")
DEEPEST = 6
MOST = 500_000
"""Files beyond which looking stops: enough to tell what there is."""

_SAMPLE = 100


@dataclass(frozen=True, slots=True)
class Tree:
    """Names of pictures by folder, which is named as seen from the top with `/`; "" is the top itself."""

    top: Path
    pictures: dict[str, tuple[str, ...]]
    others: dict[str, tuple[str, ...]]

    def below(self, folder: str) -> dict[str, tuple[str, ...]]:
        """The folders with pictures below one, named as seen from it."""
        lead = f"{folder}/" if folder else ""
        return {name[len(lead) :]: files for name, files in self.pictures.items() if name.startswith(lead)}


def tree_of(top: Path) -> Tree:
    """What lies in a folder and below it; hidden folders and links to folders left out.

    Raises:
        WorldError: there is no such folder, or it cannot be read.
    """
    if not top.is_dir():
        raise WorldError(f"`{top}` is no folder", "name the folder that holds the data")
    pictures: dict[str, tuple[str, ...]] = {}
    others: dict[str, tuple[str, ...]] = {}
    seen = 0
    for place, folders, files in os.walk(top, onerror=_refuse):
        name = Path(place).relative_to(top).as_posix().removeprefix(".")
        deep = name.count("/") + 1 >= DEEPEST or seen > MOST
        folders[:] = [] if deep else sorted(each for each in folders if not each.startswith("."))
        shown = sorted(each for each in files if not each.startswith("."))
        seen += len(shown)
        held = tuple(each for each in shown if each.lower().endswith(SUFFIXES))
        pictures |= {name: held} if held else {}
        rest = tuple(each for each in shown if not each.lower().endswith(SUFFIXES))
        others |= {name: rest} if rest else {}
    return Tree(top, pictures, others)


def _refuse(error: OSError) -> None:
    raise from_os_error("read", error.filename or "", error)


def sampled(files: Sequence[Path], count: int = _SAMPLE) -> list[Path]:
    """Some of the files, evenly over all."""
    step = max(1, len(files) // count)
    return list(files[::step])[:count]


def usual_size(files: Sequence[Path]) -> tuple[tuple[int, int] | None, int]:
    """Median height and width of some pictures, and the number of channels that all can be read with."""
    headers = [header for path in sampled(files) if (header := picture_header(path))]
    if not headers:
        return None, 3
    size = median_low(h.height for h in headers), median_low(h.width for h in headers)
    return size, 1 if all(h.channels == 1 for h in headers) else 3
