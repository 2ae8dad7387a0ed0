"""Images that lie beside those of the data: what a pattern, a table or a list leaves out."""

from __future__ import annotations

import os
from pathlib import Path

from archc.data.datasets import Datasets
from archc.data.kinds.pairs import Drawn
from archc.files.image_header import SUFFIXES
from archc.files.within import is_hidden


def left_beside(data: Datasets) -> tuple[str, ...]:
    """Return the images in the folders of the data's own that are neither image nor mask of it, sorted."""
    used: set[Path] = set()
    folders: set[Path] = set()
    for examples in (data.train, data.valid):
        of = examples.of if isinstance(examples, Drawn) else examples
        for files in map(of.files, range(len(of))):
            used.update((*files.images, *files.masks))
            folders.update(path.parent for path in files.images[:1])
    found = (Path(entry.path) for folder in folders for entry in os.scandir(folder) if _is_image(entry))
    return tuple(sorted(str(path) for path in found if path not in used))


def _is_image(entry: os.DirEntry[str]) -> bool:
    return entry.name.lower().endswith(SUFFIXES) and not is_hidden(entry.name) and entry.is_file()
