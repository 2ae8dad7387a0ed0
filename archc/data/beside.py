"""Images that lie beside those of the data: what a pattern, a table or a list leaves out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from archc.data.datasets import Datasets
from archc.data.examples import Examples
from archc.data.labeled import ImageExamples
from archc.data.pairs import Drawn
from archc.data.segmentation import SegmentationExamples
from archc.data.tables import TableExamples
from archc.files.picture_header import SUFFIXES
from archc.files.within import is_hidden


def left_beside(data: Datasets) -> tuple[str, ...]:
    """The images in the folders of the data's own that are neither image nor mask of it, sorted."""
    used: set[Path] = set()
    folders: set[Path] = set()
    for examples in (data.train, data.valid):
        files = list(_files(examples.of if isinstance(examples, Drawn) else examples))
        used.update(path for group in files for path in group)
        folders.update(group[0].parent for group in files)
    found = (Path(entry.path) for folder in folders for entry in os.scandir(folder) if _is_image(entry))
    return tuple(sorted(str(path) for path in found if path not in used))


def _is_image(entry: os.DirEntry[str]) -> bool:
    return entry.name.lower().endswith(SUFFIXES) and not is_hidden(entry.name) and entry.is_file()


def _files(examples: Examples) -> Iterator[tuple[Path, ...]]:
    """The files of each example, its image first; nothing of those that lie in no files."""
    match examples:
        case SegmentationExamples():
            yield from ((pair.image, pair.mask, *pair.others) for pair in examples.pairs)
        case TableExamples():
            for i, image in enumerate(examples.files):
                masks = (known[i] for known in examples.targets.values())
                yield image, *(mask for mask in masks if isinstance(mask, Path))
        case ImageExamples():
            yield from ((path,) for path in examples.files)
        case _:  # the digits of scikit-learn
            return
