"""Facts about a target before training: its classes, how often each occurs, what is ignored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archc.data.examples import VOID
from archc.data.kinds.segmentation import Pair
from archc.data.scan import count_classes
from archc.plan.mask_values import MaskMeaning
from archc.spec.outputs import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFacts:
    """A target that examples have.

    Attributes:
        classes: their names; of a regression, those of its numbers.
        class_counts: in the training data, the images or pixels of each class, ignored ones left out; of a
            regression, the images.
        examples: images in the training data.
        ignore: the target value that no loss and no metric sees, or None.
        least: of a regression, the smallest number of each column, in training and validation together.
    """

    task: Task
    classes: tuple[str, ...]
    class_counts: tuple[int, ...]
    examples: int
    ignore: int | None = None
    least: tuple[float, ...] = ()


def label_facts(classes: Sequence[str], labels: Iterable[object]) -> TargetFacts:
    """Return the facts about targets of one class an image."""
    counted = Counter(labels)
    counts = tuple(counted[number] for number in range(len(classes)))
    return TargetFacts(
        task="classification", classes=tuple(classes), class_counts=counts, examples=sum(counts)
    )


def tag_facts(classes: Sequence[str], rows: Sequence[object]) -> TargetFacts:
    """Return the facts about targets of any number of classes an image; `rows` hold a 0 or 1 for each."""
    columns = zip(*(row for row in rows if isinstance(row, tuple)), strict=True)
    counts = tuple(int(sum(column)) for column in columns)
    return TargetFacts(task="multi_label", classes=tuple(classes), class_counts=counts, examples=len(rows))


def value_facts(names: Sequence[str], examples: int, least: Sequence[float]) -> TargetFacts:
    """Return the facts about targets of numbers, called `names`, with the smallest of each."""
    counts = (examples,) * len(names)
    return TargetFacts(
        task="regression",
        classes=tuple(names),
        class_counts=counts,
        examples=examples,
        least=tuple(least),
    )


def mask_facts(meaning: MaskMeaning, train: Sequence[Pair], valid: Sequence[Pair]) -> TargetFacts:
    """Return the facts about masks, reading every one. `WorldError` names one that does not fit."""
    counts = count_classes(train, meaning)
    count_classes(valid, meaning)
    return TargetFacts(
        task="segmentation", classes=meaning.classes, class_counts=counts, examples=len(train), ignore=VOID
    )
