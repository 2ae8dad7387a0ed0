"""Images that text files list with their classes: `path class` a line, as Caffe and benchmarks have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from archc.data.inputs.image import ImageInputs
from archc.data.kinds.labeled import Opened, both_sides, split_labeled
from archc.data.split import lines_of
from archc.files.errors import WorldError
from archc.files.within import resolve_within
from archc.spec.labeled import ImageLists

_SHOWN = 60
"""Letters of a line that a message has room for."""


def open_lists(spec: ImageLists, root: Path, inputs: ImageInputs, *, apart: bool = False) -> Opened:
    """Open the images that the spec's lists name.

    Args:
        apart: validation may have classes of its own, as pairs allow.

    Raises:
        WorldError: a list or an image is missing, a line has no class, an image is listed twice, or the
            classes are not those that the spec names.
    """
    train, what = _listed(spec, root, spec.train), f"classes in `{spec.train}`"
    if not isinstance(spec.valid, str):
        return split_labeled(spec, root, train, what, inputs)
    valid = _listed(spec, root, spec.valid)
    if both := [path for path in valid if path in train]:
        more = f" and {len(both) - 1} more are" if len(both) > 1 else " is"
        raise WorldError(
            f"`{both[0]}`{more} listed for training and for validation",
            "what was measured would have been trained on: take it out of one list",
        )
    return both_sides(train, valid, spec.classes, what, inputs, apart=apart)


def _listed(spec: ImageLists, root: Path, file: str) -> dict[Path, str]:
    """Return the images of a list with the names of their classes, in the list's order."""
    path = resolve_within(root, file)
    found: dict[Path, str] = {}
    lines: dict[Path, int] = {}
    for number, line in lines_of(path).items():
        where = f"`{path}`, line {number}"
        said, label = _parted(line, where)
        image = _image(spec, root, said, where)
        if image in found:
            raise WorldError(f"{where} names `{said[:_SHOWN]}` again, after line {lines[image]}")
        found[image], lines[image] = label, number
    if not found:
        raise WorldError(f"`{path}` lists no image")
    names = _numbered(spec.classes, found.values(), path)
    return {image: names.get(label, label) for image, label in found.items()}


def _parted(line: str, where: str) -> tuple[str, str]:
    """Return what a line says of the path, and the class: a tab parts them, or else the first space."""
    said, _, label = line.partition("\t" if "\t" in line else " ")
    if not label.strip():
        raise WorldError(f"{where} has no class: `{line[:_SHOWN]}`", "a line is the path, a space, the class")
    return said.strip(), label.strip()


def _image(spec: ImageLists, root: Path, said: str, where: str) -> Path:
    try:
        image = resolve_within(root, spec.path.replace("{image}", said))
    except WorldError as error:
        raise WorldError(f"{where}: {error.message}", error.help) from error
    if not image.is_file():
        raise WorldError(
            f"{where} names `{said[:_SHOWN]}`, there is no file `{image}`",
            "data.path says where images lie; a path with spaces is parted from its class by a tab",
        )
    return image


def _numbered(classes: Sequence[str] | None, labels: Iterable[str], path: Path) -> Mapping[str, str]:
    """Return the class that each number stands for, where classes have names and the list has numbers.

    Raises:
        WorldError: all classes of the list are numbers, and one has no class.
    """
    said = set(labels)
    if classes is None or not said.isdisjoint(classes) or not all(label.isdecimal() for label in said):
        return {}
    numbers = {str(number): name for number, name in enumerate(classes)}
    if unknown := sorted(said - set(numbers), key=lambda label: (len(label), label)):
        raise WorldError(
            f"`{path}` has the class number {unknown[0][:_SHOWN]}, but there are {len(classes)} classes",
            f"numbers count from 0: here 0 to {len(classes) - 1}",
        )
    return numbers
