"""Checks of the data, of its fit to the model, and of what is measured on it."""

from __future__ import annotations

from collections.abc import Iterator

from archc.catalog.graph import SpecPath
from archc.files.within import path_fault
from archc.plan.classes import class_count
from archc.plan.fault import diagnostic
from archc.plan.inputs import input_path
from archc.plan.plan import Plan
from archc.source.diagnostic import Diagnostic, Label
from archc.source.wording import counted
from archc.spec.data import Digits, ImagesAndMasks, Segmentation
from archc.spec.document import Spec
from archc.spec.model import Siamese, Unet

_SPLITS = ("train", "valid")


def _class_names(spec: Spec) -> Iterator[Diagnostic]:
    if not isinstance(spec.data, Segmentation):
        return
    first: dict[str, int] = {}
    for i, name in enumerate(spec.data.classes):
        if name in first:
            yield diagnostic(
                "ARC508",
                f"two classes are called `{name}`",
                ("data", "classes", i),
                also=(Label(("data", "classes", first[name]), "value", f"class {first[name]}"),),
                help="give each class a name of its own",
            )
        first.setdefault(name, i)


def _ignored_label(spec: Spec) -> Iterator[Diagnostic]:
    data = spec.data
    if isinstance(data, Segmentation) and data.ignore is not None and data.ignore < len(data.classes):
        yield diagnostic(
            "ARC503",
            f"ignore is {data.ignore}, which is the class `{data.classes[data.ignore]}`",
            ("data", "ignore"),
            help=f"classes are numbered 0 to {len(data.classes) - 1}; the ignored label is another number",
        )


def _patterns(spec: Spec) -> Iterator[Diagnostic]:
    if not isinstance(spec.data, Segmentation):
        return
    for split in _SPLITS:
        files: ImagesAndMasks = getattr(spec.data, split)
        at: SpecPath = ("data", split)
        yield from _pattern("images", files.images, (*at, "images"))
        yield from _pattern("masks", files.masks.replace("{stem}", "stem"), (*at, "masks"))
        if files.masks and "{stem}" not in files.masks and "*" in files.images:
            yield diagnostic(
                "ARC509",
                "all images would share one mask",
                (*at, "masks"),
                label="lacks {stem}",
                help='put the image\'s name into it, such as "masks/{stem}.png"',
            )


def _pattern(key: str, pattern: str, at: SpecPath) -> Iterator[Diagnostic]:
    fault = "is absolute" if pattern.startswith("/") else path_fault(pattern)
    help = "write it as seen from `root`, with / between folders"
    if fault is None and key == "images" and any("**" in p and p != "**" for p in pattern.split("/")):
        fault, help = "has `**` within a name", "`**` stands for whole folders: write it between slashes"
    if fault is not None:
        yield diagnostic("ARC510", f"the path of the {key} {fault}", at, help=help)


def _same_images(spec: Spec) -> Iterator[Diagnostic]:
    if isinstance(spec.data, Segmentation) and spec.data.train.images == spec.data.valid.images:
        yield diagnostic(
            "ARC703",
            "training and validation read the same images",
            ("data", "valid", "images"),
            also=(Label(("data", "train", "images"), "value", "the same"),),
            help="metrics on images that were trained on say little: hold some out",
            severity="warning",
        )


def _task(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """The data must be of the kind the model answers."""
    match spec.model, spec.data:
        case Siamese(), Segmentation() | Digits():
            yield _mismatch(spec, "compares two images", "one image at a time", 'kind = "classifier"')
        case Unet(), Digits():
            yield _mismatch(spec, "gives one answer a pixel", "one label an image", 'kind = "classifier"')
        case model, Segmentation() if not isinstance(model, Unet):
            yield _mismatch(spec, "gives one answer an image", "masks", 'kind = "unet"')
        case _:
            return


def _mismatch(spec: Spec, answer: str, labels: str, remedy: str) -> Diagnostic:
    return diagnostic(
        "ARC502",
        f"`{spec.model.kind}` {answer}, but the data has {labels}",
        ("model", "kind"),
        also=(Label(("data", "kind"), "value", labels),),
        help=f"use {remedy}, or other data",
    )


def _channels(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Picture files are grey, colour, or colour with transparency; digits have no transparency."""
    channels = plan.inputs[0].type.shape[1]
    match spec.data:
        case Digits() if channels not in (1, 3):
            what, fitting = "digits are grey pictures", "1 or 3"
        case Segmentation() if channels not in (1, 3, 4):
            what, fitting = "pictures are grey, RGB or RGBA", "1, 3 or 4"
        case _:
            return
    yield diagnostic(
        "ARC506",
        f"{what}, but the input has {channels} channels",
        (*input_path(spec), "channels"),
        help=f"use {fitting}",
    )


def _class_weights(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    weights = spec.loss.weights if spec.loss is not None else "none"
    count = class_count(spec)
    help = f'write {counted(count, "number")}, or "balanced"'
    if isinstance(weights, str):
        return
    if len(weights) != count:
        message = f"the loss has {counted(len(weights), 'class weight')} for {counted(count, 'class')}"
        yield diagnostic("ARC504", message, ("loss", "weights"), help=help)
    elif not any(weights):
        yield diagnostic("ARC504", "every class weighs 0: nothing is learnt", ("loss", "weights"), help=help)


def _metrics(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    per_pixel = {"mean_iou", "pixel_accuracy", "dice"}
    dense = isinstance(spec.model, Unet)
    for i, kind in enumerate(spec.metrics.kinds if spec.metrics else ()):
        if (kind in per_pixel) != dense:
            fitting = "mean_iou, pixel_accuracy, dice" if dense else "accuracy"
            yield diagnostic(
                "ARC505",
                f"`{kind}` is no measure of a `{spec.model.kind}`",
                ("metrics", "kinds", i),
                help=f"measures of one answer {'a pixel' if dense else 'an image'}: {fitting}",
            )


DATA_CHECKS = (_class_names, _ignored_label, _patterns, _same_images)
TASK_CHECKS = (_task, _channels, _class_weights, _metrics)
