"""Checks that model, data, loss and metrics go together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from archc.catalog.graph import SpecPath
from archc.plan.answers import Answer, answers
from archc.plan.fault import diagnostic
from archc.plan.inputs import input_path
from archc.plan.plan import Plan
from archc.source.diagnostic import Diagnostic, Label
from archc.source.wording import counted, either
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
from archc.spec.model import Graph, Siamese
from archc.spec.train import (
    BinaryCrossEntropy,
    CrossEntropy,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    MetricKind,
)

Task = Literal["label", "mask", "tags", "values", "embedding"]

_LOSSES: dict[Task, tuple[str, ...]] = {
    "label": ("cross_entropy",),
    "mask": ("cross_entropy",),
    "tags": ("binary_cross_entropy",),
    "values": ("mse", "l1"),
    "embedding": ("contrastive", "triplet"),
}
_METRICS: dict[Task, tuple[MetricKind, ...]] = {
    "label": ("accuracy", "top_3", "top_5", "f1"),
    "mask": ("mean_iou", "pixel_accuracy", "dice"),
    "tags": ("f1", "accuracy"),
    "values": ("mae", "rmse"),
    "embedding": ("verification_accuracy",),
}
_SAID: dict[Task, str] = {
    "label": "one class an image",
    "mask": "one class a pixel",
    "tags": "several classes an image",
    "values": "numbers",
    "embedding": "embeddings",
}


@dataclass(frozen=True, slots=True)
class Learnt:
    """What an output learns, and how many classes the data has of it where the spec says so."""

    answer: Answer
    task: Task
    classes: int | None


def learnt(spec: Spec, plan: Plan) -> tuple[Learnt, ...]:
    """Every output that has a target in the data; without data, as the losses tell."""
    found = answers(plan)
    if _embeddings(plan):
        return (Learnt(found[0], "embedding", None),)
    named = spec.data.targets if isinstance(spec.data, ImageCsv) else None
    if named is not None:
        wanted = [one for one in found if one.output in named]
        return tuple(Learnt(a, _task_of(named[a.output]), _count(named[a.output])) for a in wanted)
    return tuple(Learnt(one, *_only_task(spec, one)) for one in found)


def pictures(spec: Spec) -> int | None:
    """The images of one example of the data; None without data."""
    match spec.data:
        case Pairs():
            return 2
        case Triplets():
            return 3
        case Segmentation():
            return 1 + len(spec.data.train.others)
        case None:
            return None
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
    names = target.columns if isinstance(target, ValuesTarget) else target.classes
    return None if names is None else len(names)


def _pictures(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """The data must have as many images as the model takes."""
    there = pictures(spec)
    if there is None or there == len(plan.inputs):
        return
    data = {1: "one image at a time", 2: "two images at a time"}.get(there, f"{there} images at a time")
    if len(plan.inputs) == 1:
        yield _mismatch(spec, "takes one image", data, 'kind = "siamese"')
    elif isinstance(spec.model, Siamese) and len(plan.inputs) == 2:
        yield _mismatch(spec, "compares two images", data, 'kind = "classifier"')
    else:
        yield _mismatch(spec, f"takes {len(plan.inputs)} images", data, "as many inputs")


def _answers(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """The data must be of the kind the model answers."""
    if spec.data is None or pictures(spec) != len(plan.inputs):
        return
    for one in learnt(spec, plan):
        if one.task == "embedding" and not isinstance(spec.data, Pairs | Triplets):
            yield _mismatch(spec, "gives embeddings", "no pairs", "a head without `embedding`")
        elif one.answer.dense and one.task != "mask":
            labels = "one label an image" if one.task == "label" else f"{_SAID[one.task]}"
            yield _mismatch(spec, "gives one answer a pixel", labels, 'kind = "classifier"')
        elif not one.answer.dense and one.task == "mask":
            yield _mismatch(spec, "gives one answer an image", "masks", 'kind = "unet"')
        elif isinstance(spec.model, Graph) and one.classes not in (None, one.answer.classes):
            yield diagnostic(
                "ARC501",
                f"the output `{one.answer.output}` has {one.answer.classes} classes but the data has"
                f" {one.classes}",
                ("model", "outputs", one.answer.output),
                help="give the last layer as many channels as the data has classes",
            )


def _targets(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Targets with names are those of outputs."""
    if not isinstance(spec.data, ImageCsv) or spec.data.targets is None:
        return
    outputs = [name for name, _ in plan.outputs]
    for name in spec.data.targets:
        if name not in outputs:
            yield diagnostic(
                "ARC514",
                f"no output of the model is called `{name}`",
                ("data", "targets", name),
                aim="key",
                help=f"the outputs are {either([f'`{output}`' for output in outputs])}",
            )
    for name in spec.losses or {}:
        if name in outputs and name not in spec.data.targets:
            yield diagnostic(
                "ARC514",
                f"the output `{name}` has a loss, but the data has no target for it",
                ("losses", name),
                aim="key",
                help=f"the targets are {either([f'`{target}`' for target in spec.data.targets])}",
            )


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
    source = spec.data.of if isinstance(spec.data, Pairs | Triplets) else spec.data
    match source:
        case None:
            return
        case Digits() if channels not in (1, 3):
            what, fitting = "digits are grey pictures", "1 or 3"
        case Digits():
            return
        case _ if channels not in (1, 3, 4):
            what, fitting = "pictures are grey, RGB or RGBA", "1, 3 or 4"
        case _:
            return
    yield diagnostic(
        "ARC506",
        f"{what}, but the input has {channels} channels",
        (*input_path(spec), "channels"),
        help=f"use {fitting}",
    )


def _written_losses(spec: Spec) -> Iterator[tuple[str | None, Loss, SpecPath]]:
    """Every loss, the output it is for (None: the only one), and where it stands."""
    if spec.loss is not None:
        yield None, spec.loss, ("loss",)
    for name, loss in (spec.losses or {}).items():
        yield name, loss, ("losses", name)


def _losses(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    known = learnt(spec, plan)
    for output, loss, at in _written_losses(spec):
        for one in known:
            if output in (None, one.answer.output):
                yield from _loss(loss, one, at, spec, plan)


def _loss(loss: Loss, one: Learnt, at: SpecPath, spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    fitting: Sequence[str] = _LOSSES[one.task]
    if one.task == "embedding":
        fitting = ("contrastive",) if len(plan.outputs) == 2 else ("triplet",)
    if loss.kind not in fitting:
        what = "the model gives embeddings" if one.task == "embedding" else f"the data has {_SAID[one.task]}"
        yield diagnostic(
            "ARC515",
            f"`{loss.kind}` does not fit: {what if spec.data else f'the model gives {_SAID[one.task]}'}",
            (*at, "kind"),
            help=f"use {either([f'`{kind}`' for kind in fitting])}, or other data",
        )
    elif isinstance(loss, CrossEntropy):
        yield from _weights(loss.weights, one.answer.classes, (*at, "weights"))
    elif isinstance(loss, BinaryCrossEntropy):
        yield from _weights(loss.positive_weights, one.answer.classes, (*at, "positive_weights"))


def _weights(weights: str | tuple[float, ...], count: int, at: SpecPath) -> Iterator[Diagnostic]:
    help = f'write {counted(count, "number")}, or "balanced"'
    if isinstance(weights, str):
        return
    if len(weights) != count:
        message = f"the loss has {counted(len(weights), 'class weight')} for {counted(count, 'class')}"
        yield diagnostic("ARC504", message, at, help=help)
    elif not any(weights):
        yield diagnostic("ARC504", "every class weighs 0: nothing is learnt", at, help=help)


def _metrics(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    if spec.metrics is None:
        return
    for one in learnt(spec, plan):
        of = (spec.metrics.of or {}).get(one.answer.output, ())
        lists = [(spec.metrics.kinds, ("metrics", "kinds")), (of, ("metrics", "of", one.answer.output))]
        for kinds, at in lists:
            for i, kind in enumerate(kinds):
                if kind not in _measures(spec, one):
                    yield _no_measure(spec, one, kind, (*at, i))


def _measures(spec: Spec, one: Learnt) -> tuple[MetricKind, ...]:
    pairs = one.task == "label" and isinstance(spec.data, Pairs)
    return (*_METRICS[one.task], "verification_accuracy") if pairs else _METRICS[one.task]


def _no_measure(spec: Spec, one: Learnt, kind: str, at: SpecPath) -> Diagnostic:
    each = {"label": "an image", "mask": "a pixel", "values": "of numbers"}.get(one.task, "")
    what = f"one answer {each}" if one.task in ("label", "mask") else _SAID[one.task]
    return diagnostic(
        "ARC505",
        f"`{kind}` is no measure of a `{spec.model.kind}`",
        at,
        help=f"measures of {what}: {', '.join(_measures(spec, one))}",
    )


TASK_CHECKS = (_pictures, _answers, _targets, _channels, _losses, _metrics)
