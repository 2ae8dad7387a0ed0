"""Checks that losses and metrics fit the outputs and the data."""

from __future__ import annotations

from collections.abc import Iterator

from archc.ops.node import SpecPath
from archc.plan.losses import fitting_losses, loss_facts
from archc.plan.lower.fault import diagnostic
from archc.plan.outputs import Output, by_target, task_facts
from archc.plan.plan import Plan
from archc.plan.targets import classes_path
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.wording import counted, either
from archc.spec.data import Pairs
from archc.spec.document import Spec
from archc.spec.model import Graph
from archc.spec.train import Loss, MetricKind


def _written_losses(spec: Spec) -> Iterator[tuple[str | None, Loss, SpecPath]]:
    """Yield every loss, the output it is for (None: the only one), and where it stands."""
    if spec.loss is not None:
        yield None, spec.loss, ("loss",)
    for name, loss in (spec.losses or {}).items():
        yield name, loss, ("losses", name)


def _losses(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    for output, loss, at in _written_losses(spec):
        for one, *others in by_target(plan.outputs):
            if one.supervised and output in (None, one.name):
                yield from _loss(loss, one, 1 + len(others), at, spec)


def _loss(loss: Loss, one: Output, together: int, at: SpecPath, spec: Spec) -> Iterator[Diagnostic]:
    fitting, said = fitting_losses(one.task, together), task_facts(one.task).said
    known = loss_facts(loss)
    if loss.kind not in fitting:
        by_data = spec.data is not None and one.task != "embedding"
        yield diagnostic(
            "ARC515",
            f"`{loss.kind}` does not fit: the {'data has' if by_data else 'model gives'} {said}",
            (*at, "kind"),
            also=(Label(("data", "kind"), "value", said),) if by_data else (),
            help=f"use {either([f'`{kind}`' for kind in fitting])}, or other data",
        )
    elif known.weights:
        yield from _weights(getattr(loss, known.weights), one.size, (*at, known.weights), spec)


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
    for one, *_ in by_target(plan.outputs):
        of = (spec.metrics.of or {}).get(one.name, ())
        lists = [(spec.metrics.kinds, ("metrics", "kinds")), (of, ("metrics", "of", one.name))]
        for kinds, at in lists if one.supervised or spec.data is None else ():
            for i, kind in enumerate(kinds):
                if kind not in _measures(spec, one):
                    yield _no_measure(spec, one, kind, (*at, i))


def _measures(spec: Spec, one: Output) -> tuple[MetricKind, ...]:
    metrics = task_facts(one.task).metrics
    pairs = one.task == "classification" and isinstance(spec.data, Pairs)
    return (*metrics, "verification_accuracy") if pairs else metrics


def _no_measure(spec: Spec, one: Output, kind: str, at: SpecPath) -> Diagnostic:
    what = task_facts(one.task).said
    at_data = ("data", "kind") if spec.data is not None else ("model", "kind")
    return diagnostic(
        "ARC505",
        f"`{kind}` does not measure {what}",
        at,
        also=(Label(at_data, "value", what),),
        help=f"what does: {', '.join(_measures(spec, one))}",
    )


MEASURE_CHECKS = (_losses, _metrics)
