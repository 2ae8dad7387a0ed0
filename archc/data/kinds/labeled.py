"""Images in files with one class each: the class is a folder, or a part of the path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from archc.data.examples import ONLY, Files, Labeled, Raw
from archc.data.inputs.image import ImageInputs
from archc.data.places import folders_in, images_below, matching, what_is_there
from archc.data.split import Splitting, groups_of, held_out
from archc.files.errors import WorldError
from archc.files.patterns import finder
from archc.files.within import resolve_within
from archc.images.reading import read_image
from archc.plan.targets import in_order
from archc.spec.labeled import ByPath, ImageFolder, ImageRegex


@dataclass(frozen=True, slots=True)
class ImageExamples:
    """Image files, each with its class number."""

    paths: tuple[Path, ...]
    labels: tuple[int, ...]
    inputs: ImageInputs
    in_memory: bool = False

    def __len__(self) -> int:
        return len(self.paths)

    def name(self, index: int) -> str:
        return str(self.paths[index])

    def load(self, index: int) -> Raw:
        image = read_image(self.paths[index], self.inputs.pixels)
        return Raw(self.inputs.named(image), {ONLY: self.labels[index]})

    def files(self, index: int) -> Files:
        return Files((self.paths[index],), pixels=self.inputs.pixels)


class Opened(NamedTuple):
    """Both splits, and the names of the classes in the order of their numbers."""

    train: Labeled
    valid: Labeled
    classes: tuple[str, ...]


def open_folder(spec: ImageFolder, root: Path, inputs: ImageInputs, *, apart: bool = False) -> Opened:
    """Open images by their folders' names.

    Args:
        apart: validation may have classes of its own, as pairs allow.

    Raises:
        WorldError: a folder is missing or empty, or the classes are not those that the spec names.
    """
    folder = root if spec.train is None else _folder(root, spec.train)
    train, what = _by_folder(root, folder, spec.levels), f"folders of `{folder}`"
    if not isinstance(spec.valid, str):
        return split_labeled(spec, root, train, what, inputs)
    valid = _by_folder(root, _folder(root, spec.valid), spec.levels)
    return both_sides(train, valid, spec.classes, what, inputs, apart=apart)


def open_regex(spec: ImageRegex, root: Path, inputs: ImageInputs) -> Opened:
    """Open images by what the label pattern finds in their paths under `root`.

    Raises:
        WorldError: no image is found, the pattern fails on some, or the classes are not those that the spec
            names.
    """
    find = finder(spec.label, "label")
    patterns = (spec.images,) if isinstance(spec.images, str) else spec.images
    files = sorted({path for pattern in patterns for path in matching(root, pattern, "data.images")})
    found = {path: find(path.relative_to(root).as_posix()) for path in files}
    if unmatched := [path for path, label in found.items() if not label]:
        named = ", ".join(f"`{path.relative_to(root)}`" for path in unmatched[:3])
        more = f" and {len(unmatched) - 3} more" if len(unmatched) > 3 else ""
        raise WorldError(
            f"data.label finds no class in the paths of {len(unmatched)} of {len(files)} images: "
            f"{named}{more}",
            "narrow data.images, or change the pattern",
        )
    labels = {path: label or "" for path, label in found.items()}
    return split_labeled(spec, root, labels, "classes that data.label finds", inputs)


def class_list(given: Sequence[str] | None, found: Iterable[str], what: str) -> tuple[str, ...]:
    """Return the class names in order: those given, which must be the found ones; else these, sorted."""
    there = in_order(set(found))
    if given is None:
        return tuple(there)
    missing, extra = sorted(set(given) - set(there)), sorted(set(there) - set(given))
    if missing or extra:
        parts = [_listed("missing", missing), _listed("not in data.classes", extra)]
        raise WorldError(
            f"the {what} are not data.classes: {'; '.join(filter(None, parts))}",
            "classes and data must name the same ones",
        )
    return tuple(given)


def _by_folder(root: Path, folder: Path, levels: int) -> dict[Path, str]:
    """Return every image with its class, by path."""
    found: dict[Path, str] = {}
    for path in images_below(root, folder):
        parts = path.relative_to(folder).parts[:-1]
        if len(parts) < levels:
            raise WorldError(
                f"image `{path}` lies in no class folder",
                f"class folders are {levels} below `{folder}`: move it into one, or set data.levels",
            )
        found[path] = "/".join(parts[:levels])
    if not found:
        raise WorldError(f"no image in the folders of `{folder}`", what_is_there(folder))
    empty = [
        name
        for name in folders_in(root, folder)
        if not any(c.split("/")[0] == name for c in set(found.values()))
    ]
    if empty:
        raise WorldError(
            f"class folder `{folder / empty[0]}` has no image"
            + (f", nor have {len(empty) - 1} more" if len(empty) > 1 else ""),
            "remove it, or fill it",
        )
    return found


def _folder(root: Path, name: str) -> Path:
    folder = root / name
    resolve_within(root, name)
    if not folder.is_dir():
        raise WorldError(f"there is no folder `{name}` in `{root}`", what_is_there(root))
    return folder


def both_sides(
    train: Mapping[Path, str],
    valid: Mapping[Path, str],
    classes: Sequence[str] | None,
    what: str,
    inputs: ImageInputs,
    *,
    apart: bool,
) -> Opened:
    """Return both sides, each with files of its own and their classes.

    Args:
        classes: the names in order, where the spec has them; `what` is what messages call those found.
        apart: validation may have classes of its own.

    Raises:
        WorldError: the classes are not those that the spec or, for validation, training has.
    """
    both = {**train, **valid}
    names = class_list(classes, (both if apart else train).values(), what)
    if unknown := sorted(set(valid.values()) - set(names)):
        raise WorldError(
            _listed("validation has classes that training has not", unknown) or "",
            "a class that is never trained cannot be measured",
        )
    return _opened(list(train), list(valid), both, names, inputs)


def split_labeled(
    spec: ByPath, root: Path, labels: Mapping[Path, str], what: str, inputs: ImageInputs
) -> Opened:
    """Return both sides of files with their classes, split as the spec says.

    Raises:
        WorldError: the classes are not those that the spec names, or one side would be empty.
    """
    names = class_list(spec.classes, labels.values(), what)
    files = list(labels)
    number = {name: index for index, name in enumerate(names)}
    paths = [path.relative_to(root).as_posix() for path in files]
    splitting = Splitting(
        root=root,
        names=paths,
        labels=[number[label] for label in labels.values()] if spec.stratified else None,
        groups=groups_of(spec.group, paths),
        seed=spec.split_seed,
    )
    assert not isinstance(spec.valid, str), "files of their own are not split"
    held = held_out(spec.valid, splitting)
    train = [path for path, out in zip(files, held, strict=True) if not out]
    valid = [path for path, out in zip(files, held, strict=True) if out]
    return _opened(train, valid, labels, names, inputs)


def _opened(
    train: Sequence[Path],
    valid: Sequence[Path],
    labels: Mapping[Path, str],
    names: Sequence[str],
    inputs: ImageInputs,
) -> Opened:
    number = {name: index for index, name in enumerate(names)}

    def examples(files: Sequence[Path]) -> ImageExamples:
        return ImageExamples(tuple(files), tuple(number[labels[path]] for path in files), inputs)

    return Opened(examples(train), examples(valid), tuple(names))


def _listed(what: str, names: Sequence[str]) -> str | None:
    if not names:
        return None
    named = ", ".join(f"`{name}`" for name in names[:5])
    return f"{what}: {named}" + (f" and {len(names) - 5} more" if len(names) > 5 else "")
