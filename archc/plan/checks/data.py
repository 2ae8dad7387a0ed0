"""Checks of the data by itself: names, patterns, splits."""

from __future__ import annotations

from collections.abc import Iterator

from archc.files.patterns import pattern_fault
from archc.files.within import path_fault
from archc.ops.node import SpecPath
from archc.plan.data_facts import NamedPath, data_facts
from archc.plan.lower.fault import diagnostic
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.spec.data import (
    Digits,
    ImageCsv,
    ImagesAndMasks,
    Labeled,
    LabelTarget,
    MaskTarget,
    Pairs,
    Segmentation,
    Target,
    Triplets,
)
from archc.spec.document import Spec
from archc.spec.labeled import ImageLists

_MOST_STARS = 3
"""Each further one multiplies the ways to search a folder."""
_DATA: SpecPath = ("data",)


def sources(spec: Spec) -> Iterator[tuple[SpecPath, Segmentation | Labeled]]:
    """Yield the data with where it stands; of pairs, what they are drawn from."""
    if isinstance(spec.data, Pairs | Triplets):
        yield ("data", "of"), spec.data.of
    elif spec.data is not None:
        yield _DATA, spec.data


def targets(data: Segmentation | Labeled, at: SpecPath) -> Iterator[tuple[SpecPath, Target]]:
    """Yield the targets of a table."""
    if isinstance(data, ImageCsv) and data.targets is None:
        yield (*at, "target"), data.target
    elif isinstance(data, ImageCsv):
        yield from (((*at, "targets", name), target) for name, target in (data.targets or {}).items())


def name_lists(spec: Spec) -> Iterator[tuple[SpecPath, tuple[str, ...]]]:
    """Yield every list of class names in the data."""
    for at, data in sources(spec):
        for said in data_facts(data).all():
            if said.at is not None:
                yield (*at, *said.at), said.classes or ()


def data_names(spec: Spec) -> Iterator[tuple[SpecPath, str]]:
    """Yield what the data calls things that people are shown."""
    for at, data in sources(spec):
        if not isinstance(data, Digits):
            yield (*at, "root"), data.root
    for at, names in name_lists(spec):
        yield from (((*at, i), name) for i, name in enumerate(names))


def _class_names(spec: Spec) -> Iterator[Diagnostic]:
    for at, names in name_lists(spec):
        first: dict[str, int] = {}
        for i, name in enumerate(names):
            if name in first:
                yield diagnostic(
                    "ARC508",
                    f"two classes are called `{name}`",
                    (*at, i),
                    also=(Label((*at, first[name]), "value", f"class {first[name]}"),),
                    help="give each class a name of its own",
                )
            first.setdefault(name, i)


def _ignored_label(spec: Spec) -> Iterator[Diagnostic]:
    for at, data in sources(spec):
        if isinstance(data, Segmentation):
            yield from _ignored(data, at)
        for inner, target in targets(data, at):
            if isinstance(target, MaskTarget):
                yield from _ignored(target, inner)


def _ignored(masks: Segmentation | MaskTarget, at: SpecPath) -> Iterator[Diagnostic]:
    if masks.values is None and isinstance(masks.ignore, int) and masks.ignore < len(masks.classes):
        yield diagnostic(
            "ARC503",
            f"ignore is {masks.ignore}, which is the class `{masks.classes[masks.ignore]}`",
            (*at, "ignore"),
            also=(Label((*at, "classes", masks.ignore), "value", f"class {masks.ignore}"),),
            help=f"classes are numbered 0 to {len(masks.classes) - 1}; the ignored label is another number",
        )


def _paths(spec: Spec) -> Iterator[Diagnostic]:
    for at, data in sources(spec):
        for named in data_facts(data).paths:
            yield from _path(named, at)
        if isinstance(data, ImageCsv | ImageLists) and "{image}" not in data.path:
            yield _one_image((*at, "path"))
        if isinstance(data, Segmentation):
            yield from _shared_by_all(data)
            yield from _unlike(data)


def _shared_by_all(data: Segmentation) -> Iterator[Diagnostic]:
    for split, files in splits(data):
        at: SpecPath = ("data", split)
        beside = [(files.masks, (*at, "masks"))]
        beside += [(other, (*at, "others", i)) for i, other in enumerate(files.others)]
        for path, here in beside:
            if path and "{stem}" not in path and "*" in files.images:
                yield _shared(here)


def _unlike(data: Segmentation) -> Iterator[Diagnostic]:
    if isinstance(data.valid, ImagesAndMasks) and len(data.train.others) != len(data.valid.others):
        yield diagnostic(
            "ARC512",
            f"an example has {1 + len(data.train.others)} images in training, {1 + len(data.valid.others)} in"
            " validation",
            ("data", "valid"),
            aim="header",
            also=(Label(("data", "train"), "header"),),
            help="write `others` alike for both",
        )


def splits(data: Segmentation) -> Iterator[tuple[str, ImagesAndMasks]]:
    """Yield the splits that have files of their own."""
    yield "train", data.train
    if isinstance(data.valid, ImagesAndMasks):
        yield "valid", data.valid


def _shared(at: SpecPath) -> Diagnostic:
    masks = at[-1] == "masks"
    return diagnostic(
        "ARC509",
        "all images would share one mask" if masks else "all images would share one other image",
        at,
        label="lacks {stem}",
        help=f'put the image\'s name into it, such as "{"masks" if masks else "after"}/{{stem}}.png"',
    )


def _one_image(at: SpecPath) -> Diagnostic:
    return diagnostic(
        "ARC509",
        "all rows would name one image",
        at,
        label="lacks {image}",
        help='put what a row says into it, such as "images/{image}.jpg"',
    )


def _path(named: NamedPath, at: SpecPath) -> Iterator[Diagnostic]:
    path = named.path
    fault = "is absolute" if path.startswith("/") else path_fault(path)
    help = "write it as seen from `root`, with / between folders"
    if fault is None and named.pattern and any("**" in p and p != "**" for p in path.split("/")):
        fault, help = "has `**` within a name", "`**` stands for whole folders: write it between slashes"
    if fault is None and named.pattern and path.split("/").count("**") > _MOST_STARS:
        fault, help = f"has more than {_MOST_STARS} `**`", "one stands for any number of folders"
    if fault is not None:
        yield diagnostic("ARC510", f"the path of the {named.what} {fault}", (*at, *named.at), help=help)


def _expressions(spec: Spec) -> Iterator[Diagnostic]:
    for at, data in sources(spec):
        for key, pattern in data_facts(data).expressions:
            fault = pattern_fault(pattern, key) if pattern is not None else None
            if fault is not None:
                help = "write it without look-around and back-references, which RE2 has not"
                if "no group" in fault:
                    help = f"name the part that matters: (?P<{key}>...)"
                yield diagnostic("ARC513", f"the pattern {fault}", (*at, key), help=help)


def _same_images(spec: Spec) -> Iterator[Diagnostic]:
    for at, data in sources(spec):
        repeated = data_facts(data).repeated
        if repeated is not None:
            valid, train = repeated
            yield diagnostic(
                "ARC703",
                "training and validation read the same images",
                (*at, *valid),
                also=(Label((*at, *train), "value", "the same"),),
                help="metrics on images that were trained on say little: hold some out",
                severity="warning",
            )


def _drawn(spec: Spec) -> Iterator[Diagnostic]:
    """Pairs are drawn from one class an image; their random changes are their own."""
    if not isinstance(spec.data, Pairs | Triplets):
        return
    of = spec.data.of
    if isinstance(of, ImageCsv) and (of.targets is not None or not isinstance(of.target, LabelTarget)):
        key = "target" if of.targets is None else "targets"
        yield diagnostic(
            "ARC514",
            f"{spec.data.kind} are drawn from one class an image, which the table does not give",
            ("data", "of", key),
            aim="key",
            help='write target = { kind = "label", column = ... }',
        )
    if of.augment != type(of.augment)():
        yield diagnostic(
            "ARC215",
            f"`augment` does nothing under `data.of`: {spec.data.kind} have their own",
            ("data", "of", "augment"),
            aim="header",
            help="write it as [data.augment]",
        )


def _both_targets(spec: Spec) -> Iterator[Diagnostic]:
    for at, data in sources(spec):
        if isinstance(data, ImageCsv) and data.targets is not None and data.target != LabelTarget():
            yield diagnostic(
                "ARC215",
                "`target` does nothing beside `targets`",
                (*at, "target"),
                aim="key",
                help="give it a name among `targets`, or leave it out",
            )


DATA_CHECKS = (_class_names, _ignored_label, _paths, _expressions, _same_images, _drawn, _both_targets)
