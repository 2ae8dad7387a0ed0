"""What each output of a model learns: one class, several, numbers, a mask, an embedding."""

from __future__ import annotations

from typing import Literal

from archc.plan.classes import target_classes
from archc.plan.lower.outputs import Answer, answers
from archc.plan.plan import Plan
from archc.spec.data import (
    Digits,
    ImageCsv,
    LabelTarget,
    MaskTarget,
    Pairs,
    Segmentation,
    TagsTarget,
    Target,
    Triplets,
    ValuesTarget,
)
from archc.spec.document import Spec
from archc.spec.frozen import Frozen, frozen
from archc.spec.train import (
    BinaryCrossEntropy,
    MeanAbsoluteError,
    MeanSquaredError,
    MetricKind,
)

Task = Literal["label", "mask", "tags", "values", "embedding"]

LOSSES: dict[Task, tuple[str, ...]] = {
    "label": ("cross_entropy",),
    "mask": ("cross_entropy",),
    "tags": ("binary_cross_entropy",),
    "values": ("mse", "l1"),
    "embedding": ("contrastive", "triplet"),
}
DEFAULT_LOSS: dict[Task, str] = {task: kinds[0] for task, kinds in LOSSES.items()}
"""What is trained with where nothing is written."""
METRICS: dict[Task, tuple[MetricKind, ...]] = {
    "label": ("accuracy", "top_3", "top_5", "f1"),
    "mask": ("mean_iou", "pixel_accuracy", "dice"),
    "tags": ("f1", "accuracy"),
    "values": ("mae", "rmse"),
    "embedding": ("verification_accuracy",),
}
SAID: dict[Task, str] = {
    "label": "one class an image",
    "mask": "one class a pixel",
    "tags": "several classes an image",
    "values": "numbers",
    "embedding": "embeddings",
}


@frozen
class Learned(Frozen):
    """What an output learns, and how many classes the data has of it where the spec says so."""

    answer: Answer
    task: Task
    classes: int | None


def learned(spec: Spec, plan: Plan) -> tuple[Learned, ...]:
    """Every output that has a target in the data; without data, as the losses tell."""
    found = answers(plan)
    if _embeddings(plan):
        return (Learned(found[0], "embedding", None),)
    named = spec.data.targets if isinstance(spec.data, ImageCsv) else None
    if named is not None:
        wanted = [one for one in found if one.output in named]
        return tuple(Learned(a, _task_of(named[a.output]), _count(named[a.output])) for a in wanted)
    return tuple(Learned(one, *_only_task(spec, one)) for one in found)


def image_count(spec: Spec) -> int:
    """Return the number of images of one example of the data; 1 without data."""
    match spec.data:
        case Pairs():
            return 2
        case Triplets():
            return 3
        case Segmentation():
            return 1 + len(spec.data.train.others)
        case _:
            return 1


def _embeddings(plan: Plan) -> bool:
    return len(plan.outputs) > 1 and all(name.startswith("embedding_") for name, _ in plan.outputs)


def _only_task(spec: Spec, answer: Answer) -> tuple[Task, int | None]:
    match spec.data:
        case Segmentation():
            return "mask", len(spec.data.classes)
        case ImageCsv():
            return _task_of(spec.data.target), _count(spec.data.target)
        case Pairs() | Triplets():
            return "label", 2
        case Digits():
            return "label", 10
        case None:
            return _task_without_data(spec, answer), None
        case _:
            return "label", None if spec.data.classes is None else len(spec.data.classes)


def _task_without_data(spec: Spec, answer: Answer) -> Task:
    loss = (spec.losses or {}).get(answer.output, spec.loss)
    match loss:
        case BinaryCrossEntropy():
            return "tags"
        case MeanSquaredError() | MeanAbsoluteError():
            return "values"
        case _:
            return "mask" if answer.dense else "label"


def _task_of(target: Target) -> Task:
    match target:
        case LabelTarget():
            return "label"
        case TagsTarget():
            return "tags"
        case ValuesTarget():
            return "values"
        case MaskTarget():
            return "mask"


def _count(target: Target) -> int | None:
    names = target_classes(target)
    return None if names is None else len(names)
