"""Facts that a [data] table states before any file is opened: a function for each kind of data.

Class names that only folders and files tell are not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from archc.ops.node import SpecPath
from archc.spec.data import (
    ByColumn,
    ByFile,
    ByFolder,
    Data,
    Digits,
    ImageCsv,
    ImageFolder,
    ImageRegex,
    ImagesAndMasks,
    LabelTarget,
    MaskTarget,
    Pairs,
    Segmentation,
    TagsTarget,
    Target,
    Triplets,
    ValuesTarget,
)
from archc.spec.frozen import Frozen, frozen
from archc.spec.kept import kept
from archc.spec.labeled import ImageLists
from archc.spec.outputs import Task


@frozen
class TargetSaid(Frozen):
    """The target of an output: its task, the names of its classes or numbers, and where these stand."""

    task: Task
    classes: tuple[str, ...] | None
    at: SpecPath | None = None


@frozen
class NamedPath(Frozen):
    """A path or a pattern under `root`: what lies there, in words, and where the data says it."""

    what: str
    path: str
    at: SpecPath
    pattern: bool = False


@frozen
class DataFacts(Frozen):
    """Facts that all kinds of data have. Places in the spec are relative to the data's table.

    Attributes:
        target: what any output learns; None where `targets` have it by the outputs' names.
        images: of one example.
        paths: all that the data names.
        expressions: the keys of regular expressions, with what stands there.
        repeated: the places that say the images of validation and of training, where these are the same.
    """

    target: TargetSaid | None
    targets: Mapping[str, TargetSaid] | None = None
    images: int = 1
    paths: tuple[NamedPath, ...] = ()
    expressions: tuple[tuple[str, str | None], ...] = ()
    repeated: tuple[SpecPath, SpecPath] | None = None

    def of(self, output: str) -> TargetSaid | None:
        """Return what an output learns; None where the data has no target of its name."""
        return self.target or (self.targets or {}).get(output)

    def all(self) -> tuple[TargetSaid, ...]:
        """Return every target."""
        return (*(self.targets or {}).values(), *((self.target,) if self.target is not None else ()))


@kept
def data_facts(data: Data) -> DataFacts:
    """Return what a [data] table says."""
    match data:
        case Segmentation():
            return _segmentation(data)
        case ImageFolder():
            return _folder(data)
        case ImageRegex():
            return _regex(data)
        case ImageLists():
            return _lists(data)
        case ImageCsv():
            return _csv(data)
        case Digits():
            return DataFacts(TargetSaid("classification", tuple("0123456789")))
        case Pairs():
            return DataFacts(_COMPARED, images=2)
        case Triplets():
            return DataFacts(_COMPARED, images=3)
        case _:
            assert_never(data)


_COMPARED = TargetSaid("classification", ("different", "same"))


def _segmentation(data: Segmentation) -> DataFacts:
    paths = [*_images_and_masks(data.train, "train")]
    same = False
    if isinstance(data.valid, ImagesAndMasks):
        paths += _images_and_masks(data.valid, "valid")
        same = (data.valid.images, data.valid.file) == (data.train.images, data.train.file)
    else:
        paths += _split_path(data.valid)
    return DataFacts(
        TargetSaid("segmentation", data.classes, ("classes",)),
        images=1 + len(data.train.others),
        paths=tuple(paths),
        expressions=(("group", data.group),),
        repeated=(("valid", "images"), ("train", "images")) if same else None,
    )


def _images_and_masks(files: ImagesAndMasks, split: str) -> Iterator[NamedPath]:
    yield NamedPath("images", files.images, (split, "images"), pattern=True)
    yield NamedPath("masks", files.masks.replace("{stem}", "stem"), (split, "masks"))
    for i, other in enumerate(files.others):
        yield NamedPath("other images", other.replace("{stem}", "stem"), (split, "others", i))
    if files.file is not None:
        yield NamedPath("list", files.file, (split, "file"))


def _folder(data: ImageFolder) -> DataFacts:
    folders = (("train", data.train), ("valid", data.valid))
    return DataFacts(
        _labeled(data.classes),
        paths=tuple(NamedPath(f"{key} folder", at, (key,)) for key, at in folders if isinstance(at, str)),
        expressions=(("group", data.group),),
        repeated=(("valid",), ("train",)) if data.valid == data.train else None,
    )


def _regex(data: ImageRegex) -> DataFacts:
    patterns = ((data.images, ("images",)),) if isinstance(data.images, str) else _numbered(data.images)
    images = tuple(NamedPath("images", pattern, at, pattern=True) for pattern, at in patterns)
    return DataFacts(
        _labeled(data.classes),
        paths=(*images, *_split_path(data.valid)),
        expressions=(("group", data.group), ("label", data.label)),
    )


def _numbered(patterns: tuple[str, ...]) -> tuple[tuple[str, SpecPath], ...]:
    return tuple((pattern, ("images", i)) for i, pattern in enumerate(patterns))


def _lists(data: ImageLists) -> DataFacts:
    lists = (("train", data.train), ("valid", data.valid))
    images = NamedPath("images", data.path.replace("{image}", "image"), ("path",))
    return DataFacts(
        _labeled(data.classes),
        paths=(images, *(NamedPath(f"{key} list", at, (key,)) for key, at in lists if isinstance(at, str))),
        expressions=(("group", data.group),),
        repeated=(("valid",), ("train",)) if data.valid == data.train else None,
    )


def _csv(data: ImageCsv) -> DataFacts:
    table = NamedPath("table", data.table, ("table",))
    images = NamedPath("images", data.path.replace("{image}", "image"), ("path",))
    return DataFacts(
        _said(data.target, ("target",)) if data.targets is None else None,
        {name: _said(target, ("targets", name)) for name, target in (data.targets or {}).items()},
        paths=(table, images, *_split_path(data.valid)),
    )


def _labeled(classes: tuple[str, ...] | None) -> TargetSaid:
    return TargetSaid("classification", classes, ("classes",))


def _said(target: Target, at: SpecPath) -> TargetSaid:
    """Return what a target of a table says, which stands at a place."""
    match target:
        case ValuesTarget():
            return TargetSaid("regression", target.columns, (*at, "columns"))
        case MaskTarget():
            return TargetSaid("segmentation", target.classes, (*at, "classes"))
        case LabelTarget() | TagsTarget():
            task: Task = "classification" if isinstance(target, LabelTarget) else "multi_label"
            if target.columns is None:
                return TargetSaid(task, target.classes, (*at, "classes"))
            return TargetSaid(task, target.columns, (*at, "columns"))
        case _:
            assert_never(target)


def _split_path(valid: float | ByFolder | ByFile | ByColumn) -> Iterator[NamedPath]:
    if isinstance(valid, ByFolder):
        yield NamedPath("validation folder", valid.folder, ("valid", "folder"))
    elif isinstance(valid, ByFile):
        yield NamedPath("list", valid.file, ("valid", "file"))
