"""The spec's `[data]` opened: examples to learn from, examples to measure on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from archc.data.examples import ONLY, Examples
from archc.data.facts import TargetFacts, label_facts, mask_facts
from archc.data.inputs.image import ImageInputs
from archc.data.kinds.digits import open_digits
from archc.data.kinds.labeled import Opened, open_folder, open_regex
from archc.data.kinds.lists import open_lists
from archc.data.kinds.pairs import CLASSES, Drawn, draw_from
from archc.data.kinds.segmentation import SegmentationExamples, split_pairs
from archc.data.kinds.tables import open_table
from archc.files.errors import WorldError
from archc.files.within import resolve_root
from archc.images.pixels import PixelFormat
from archc.plan.lower.inputs import named_inputs
from archc.plan.mask_values import mask_meaning
from archc.plan.targets import images_of_example
from archc.spec.data import (
    Augment,
    Digits,
    ImageCsv,
    ImageFolder,
    ImageRegex,
    Labeled,
    LabelTarget,
    Pairs,
    Segmentation,
    Triplets,
)
from archc.spec.document import Spec
from archc.spec.inputs import ImageInput
from archc.spec.labeled import ImageLists
from archc.spec.outputs import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Datasets:
    """Examples of both splits, what is known about their targets by name, and what the spec asks for.

    Attributes:
        size: height and width in pixels.
    """

    train: Examples
    valid: Examples
    targets: Mapping[str, TargetFacts]
    augment: Augment
    size: tuple[int, int]

    @property
    def first(self) -> TargetFacts:
        """The target, the first where there are several."""
        return next(iter(self.targets.values()))

    @property
    def classes(self) -> tuple[str, ...]:
        return self.first.classes

    @property
    def task(self) -> Task:
        return self.first.task

    @property
    def ignore(self) -> int | None:
        return self.first.ignore

    @property
    def class_counts(self) -> tuple[int, ...]:
        return self.first.class_counts


def open_data(spec: Spec, spec_dir: Path) -> Datasets:
    """Open the spec's data, every mask looked at; images are first decoded when a batch wants them.

    A relative root is looked for beside the spec, in `spec_dir`, then below the working directory.

    Raises:
        WorldError: files are missing, or are not what the spec says.
    """
    if spec.data is None:
        raise WorldError("the spec has no [data]", "training and evaluation need examples")
    inputs = _image_inputs(spec, spec.data.kind)
    match spec.data:
        case Segmentation():
            return _segmentation(spec.data, inputs, spec_dir)
        case Pairs() | Triplets():
            return _drawn(spec, spec.data, inputs, spec_dir)
        case ImageCsv():
            root = resolve_root(spec.data.root, spec_dir)
            train, valid, facts = open_table(spec.data, root, inputs)
            return _datasets(train, valid, facts, spec.data.augment, inputs)
        case ImageFolder() | ImageRegex() | ImageLists() | Digits():
            opened = _labeled(spec.data, inputs, spec_dir)
            facts = {ONLY: label_facts(opened.classes, opened.train.labels)}
            return _datasets(opened.train, opened.valid, facts, spec.data.augment, inputs)
        case _:
            assert_never(spec.data)


def _datasets(
    train: Examples, valid: Examples, facts: Mapping[str, TargetFacts], augment: Augment, inputs: ImageInputs
) -> Datasets:
    return Datasets(train=train, valid=valid, targets=facts, augment=augment, size=inputs.size)


def _image_inputs(spec: Spec, kind: str) -> ImageInputs:
    """Return the images that the model takes, for data that gives nothing else."""
    inputs = named_inputs(spec)
    given = [one for one in inputs.values() if isinstance(one, ImageInput)]
    there = images_of_example(spec.data)
    if not len(given) == len(inputs) == there:
        raise WorldError(f"data of kind `{kind}` gives {there} images, the model takes {len(inputs)}")
    if len({(one.size, one.channels, one.dtype) for one in given}) > 1:
        raise WorldError("the inputs differ in size, channels or dtype: data gives images that are alike")
    first = given[0]
    return ImageInputs(tuple(inputs), PixelFormat(first.channels, first.dtype, first.range), first.size)


def _segmentation(data: Segmentation, inputs: ImageInputs, spec_dir: Path) -> Datasets:
    root = resolve_root(data.root, spec_dir)
    train, valid = split_pairs(data, root)
    meaning = mask_meaning(data)
    facts = {ONLY: mask_facts(meaning, train, valid)}
    return _datasets(
        SegmentationExamples(train, inputs, meaning),
        SegmentationExamples(valid, inputs, meaning),
        facts,
        data.augment,
        inputs,
    )


def _labeled(data: Labeled, inputs: ImageInputs, spec_dir: Path, *, apart: bool = False) -> Opened:
    match data:
        case Digits():
            train, valid = open_digits(data, inputs)
            return Opened(train, valid, tuple("0123456789"))
        case ImageFolder():
            return open_folder(data, resolve_root(data.root, spec_dir), inputs, apart=apart)
        case ImageRegex():
            return open_regex(data, resolve_root(data.root, spec_dir), inputs)
        case ImageLists():
            return open_lists(data, resolve_root(data.root, spec_dir), inputs, apart=apart)
        case ImageCsv():
            if data.targets is not None or not isinstance(data.target, LabelTarget):
                raise WorldError("pairs need one class an image", 'give the table a target of kind "label"')
            rows, held, facts = open_table(data, resolve_root(data.root, spec_dir), inputs)
            return Opened(rows, held, facts[ONLY].classes)
        case _:
            assert_never(data)


def _drawn(spec: Spec, data: Pairs | Triplets, inputs: ImageInputs, spec_dir: Path) -> Datasets:
    names = inputs.names
    opened = _labeled(data.of, replace(inputs, names=names[:1]), spec_dir, apart=True)
    classes, seed = opened.classes, spec.train.seed if spec.train else 0
    if isinstance(data, Pairs):
        same, counts = data.same, (data.train_pairs, data.valid_pairs)
    else:
        same, counts = None, (data.train_triplets, data.valid_triplets)
    train = draw_from(opened.train, classes, names, same=same, count=counts[0], seed=seed, fresh=True)
    valid = draw_from(
        opened.valid, classes, names, same=same, count=counts[1], seed=data.valid_seed, fresh=False
    )
    facts = TargetFacts(
        task="classification", classes=CLASSES, class_counts=_expected(train), examples=len(train)
    )
    return _datasets(train, valid, {ONLY: facts}, data.augment, inputs)


def _expected(drawn: Drawn) -> tuple[int, int]:
    """Return how many pairs of an epoch are different and how many the same; a triplet has one of each."""
    if drawn.same is None:
        return len(drawn), len(drawn)
    alike = round(drawn.same * len(drawn))
    return len(drawn) - alike, alike
