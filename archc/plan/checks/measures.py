"""Checks that losses, metrics and what is made of answers go with the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc.ops.node import SpecPath
from archc.plan.classes import classes_path
from archc.plan.lower.fault import diagnostic
from archc.plan.plan import Plan
from archc.plan.tasks import LOSSES, METRICS, SAID, Learned, learned
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.wording import counted, either
from archc.spec.data import (
    Pairs,
)
from archc.spec.document import Spec
from archc.spec.model import Graph
from archc.spec.train import (
    BinaryCrossEntropy,
    CrossEntropy,
    Loss,
    MetricKind,
)


def _written_losses(spec: Spec) -> Iterator[tuple[str | None, Loss, SpecPath]]:
    """Every loss, the output it is for (None: the only one), and where it stands."""
    if spec.loss is not None:
        yield None, spec.loss, ("loss",)
    for name, loss in (spec.losses or {}).items():
        yield name, loss, ("losses", name)


def _losses(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    known = learned(spec, plan)
    for output, loss, at in _written_losses(spec):
        for one in known:
            if output in (None, one.answer.output):
                yield from _loss(loss, one, at, spec, plan)


def _loss(loss: Loss, one: Learned, at: SpecPath, spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    fitting: Sequence[str] = LOSSES[one.task]
    if one.task == "embedding":
        fitting = ("contrastive",) if len(plan.outputs) == 2 else ("triplet",)
    if loss.kind not in fitting:
        what = "the model gives embeddings" if one.task == "embedding" else f"the data has {SAID[one.task]}"
        yield diagnostic(
            "ARC515",
            f"`{loss.kind}` does not fit: {what if spec.data else f'the model gives {SAID[one.task]}'}",
            (*at, "kind"),
            also=(Label(("data", "kind"), "value", SAID[one.task]),)
            if spec.data and one.task != "embedding"
            else (),
            help=f"use {either([f'`{kind}`' for kind in fitting])}, or other data",
        )
    elif isinstance(loss, CrossEntropy):
        yield from _weights(loss.weights, one.answer.classes, (*at, "weights"), spec)
    elif isinstance(loss, BinaryCrossEntropy):
        yield from _weights(loss.positive_weights, one.answer.classes, (*at, "positive_weights"), spec)


def _weights(weights: str | tuple[float, ...], count: int, at: SpecPath, spec: Spec) -> Iterator[Diagnostic]:
    help = f'write {counted(count, "number")}, or "balanced"'
    if isinstance(weights, str):
        return
    if len(weights) != count:
        message = f"the loss has {counted(len(weights), 'class weight')} for {counted(count, 'class')}"
        classes = Label(classes_path(spec), "value", counted(count, "class"))
        also = () if isinstance(spec.model, Graph) or spec.data is None else (classes,)
        yield diagnostic("ARC504", message, at, also=also, help=help)
    elif not any(weights):
        yield diagnostic("ARC504", "every class weighs 0: nothing is learned", at, help=help)


def _metrics(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    if spec.metrics is None:
        return
    for one in learned(spec, plan):
        of = (spec.metrics.of or {}).get(one.answer.output, ())
        lists = [(spec.metrics.kinds, ("metrics", "kinds")), (of, ("metrics", "of", one.answer.output))]
        for kinds, at in lists:
            for i, kind in enumerate(kinds):
                if kind not in _measures(spec, one):
                    yield _no_measure(spec, one, kind, (*at, i))


def _measures(spec: Spec, one: Learned) -> tuple[MetricKind, ...]:
    pairs = one.task == "label" and isinstance(spec.data, Pairs)
    return (*METRICS[one.task], "verification_accuracy") if pairs else METRICS[one.task]


def _no_measure(spec: Spec, one: Learned, kind: str, at: SpecPath) -> Diagnostic:
    what = SAID[one.task]
    at_data = ("data", "kind") if spec.data is not None else ("model", "kind")
    return diagnostic(
        "ARC505",
        f"`{kind}` does not measure {what}",
        at,
        also=(Label(at_data, "value", what),),
        help=f"what does: {', '.join(_measures(spec, one))}",
    )


MEASURE_CHECKS = (_losses, _metrics)
