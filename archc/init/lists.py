"""Text files that say which images are for training and which are held out."""

from __future__ import annotations

from archc.files.errors import WorldError
from archc.files.regular import open_regular
from archc.init.tree import Tree

TRAIN = ("train", "training", "trn", "train_set", "trainset", "train_images")
VALID = ("valid", "val", "validation", "dev", "eval", "test", "testing", "tst", "test_set", "testset")
"""The names of the folders and lists of the splits; the first that is there is taken."""

_LONGEST = 64 << 20


def split_lists(tree: Tree, names: frozenset[str]) -> tuple[str | None, str | None]:
    """Return the lists of training and of those held out, as paths below the top; None for what there is not.

    Args:
        names: the images, each by its path below the top, by its last part, and both without suffix.
    """
    found = {word: path for word, path in _text_files(tree) if _lists(tree, path, names)}
    valid = next((found[word] for word in VALID if word in found), None)
    train = next((found[word] for word in TRAIN if word in found), None)
    return (train if valid else None), valid


def ways_to_say(folder: str, names: tuple[str, ...]) -> frozenset[str]:
    """Return images by path and by last part, each with suffix and without."""
    lead = f"{folder}/" if folder else ""
    stems = [name.rpartition(".")[0] for name in names]
    last = {*names, *stems}
    return frozenset(last | {lead + name for name in last})


def lines_of(path: str, tree: Tree) -> list[str]:
    """Return the lines of a text file that say something; none where it cannot be read as text."""
    try:
        with open_regular(tree.top / path) as file:
            text = file.read(_LONGEST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, WorldError):
        return []
    return [line.strip() for line in text.splitlines() if line.strip()]


def _text_files(tree: Tree) -> list[tuple[str, str]]:
    """Return text files called like a split, those of segmentation first: VOC has others for detection."""
    found = [
        (name[:-4].lower(), f"{folder}/{name}" if folder else name)
        for folder, files in tree.others.items()
        for name in files
        if name.lower().endswith(".txt") and name[:-4].lower() in (*TRAIN, *VALID)
    ]
    return sorted(found, key=lambda item: "segment" in item[1].lower())


def _lists(tree: Tree, path: str, names: frozenset[str]) -> bool:
    lines = lines_of(path, tree)
    return bool(lines) and all(line in names for line in lines)
