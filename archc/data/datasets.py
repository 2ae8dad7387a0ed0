"""The spec's `[data]` opened: examples to learn from, examples to measure on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never

from archc.data.digits import DigitExamples, open_digits
from archc.data.examples import VOID, Examples
from archc.data.images import supported_channels
from archc.data.scan import count_classes
from archc.data.segmentation import SegmentationExamples, find_pairs
from archc.files import WorldError, resolve_root
from archc.spec.data import Augment, Digits, Segmentation
from archc.spec.document import Input, Spec

Task = Literal["classification", "segmentation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Datasets:
    """Examples of both splits, and what is known about them.

    Attributes:
        ignore: the target value that no loss and no metric sees, or None.
        class_counts: images, or pixels that are not ignored, of each class in the training data.
        size: height and width that the spec asks for.
    """

    train: Examples
    valid: Examples
    classes: tuple[str, ...]
    task: Task
    ignore: int | None
    class_counts: tuple[int, ...]
    augment: Augment
    size: tuple[int, int]


def open_data(spec: Spec, spec_dir: Path) -> Datasets:
    """The spec's data, every mask looked at; images are first decoded when a batch wants them.

    A relative root is looked for beside the spec, in `spec_dir`, then below the working directory.

    Raises:
        WorldError: files are missing, or are not what the spec says.
    """
    given = _only_input(spec)
    supported_channels(given.channels)
    match spec.data:
        case Segmentation():
            return _segmentation(spec.data, given, spec_dir)
        case Digits():
            return _digits(spec.data, given)
        case None:
            raise WorldError("the spec has no [data]", "training and evaluation need examples")
        case _:
            assert_never(spec.data)


def _only_input(spec: Spec) -> Input:
    inputs = [spec.input] if spec.input else list((spec.inputs or {}).values())
    if len(inputs) != 1:
        kind = spec.data.kind if spec.data else "none"
        raise WorldError(f"data of kind `{kind}` gives one image, the model takes {len(inputs)}")
    return inputs[0]


def _segmentation(data: Segmentation, given: Input, spec_dir: Path) -> Datasets:
    root = resolve_root(data.root, spec_dir)
    train = find_pairs(root, data.train, "train")
    valid = find_pairs(root, data.valid, "valid")
    counts = count_classes(train, len(data.classes), data.ignore)
    count_classes(valid, len(data.classes), data.ignore)
    return Datasets(
        train=SegmentationExamples(train, given.channels, data.ignore),
        valid=SegmentationExamples(valid, given.channels, data.ignore),
        classes=data.classes,
        task="segmentation",
        ignore=VOID,
        class_counts=counts,
        augment=data.augment,
        size=given.size,
    )


def _digits(data: Digits, given: Input) -> Datasets:
    train, valid = open_digits(data, given.channels)
    return Datasets(
        train=train,
        valid=valid,
        classes=tuple("0123456789"),
        task="classification",
        ignore=None,
        class_counts=_label_counts(train),
        augment=data.augment,
        size=given.size,
    )


def _label_counts(examples: DigitExamples) -> tuple[int, ...]:
    counted = Counter(examples.labels)
    return tuple(counted[label] for label in range(10))
