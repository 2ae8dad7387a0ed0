"""Checks over a lowered plan: each returns what it finds, and none depends on another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archc.plan.budget import budget_faults
from archc.plan.classes import class_count
from archc.plan.fault import PlanFault, diagnostic
from archc.plan.groups import ParameterGroup, group_faults, parameter_groups, selected
from archc.plan.plan import Plan
from archc.source.diagnostic import Diagnostic, Label
from archc.spec.data import Digits, Segmentation
from archc.spec.document import Spec
from archc.spec.model import Unet
from archc.spec.train import Phase, Train

Check = Callable[[Spec, Plan], Iterator[Diagnostic]]


def check(spec: Spec, plan: Plan) -> tuple[Diagnostic, ...]:
    """All faults and warnings of a spec whose plan could be made."""
    found: list[Diagnostic] = []
    for one in CHECKS:
        try:
            found.extend(one(spec, plan))
        except PlanFault as fault:
            found.append(fault.diagnostic)
    return tuple(found)


def _budget(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    yield from budget_faults(plan)


def _groups(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    if spec.train is None:
        return
    yield from group_faults(plan, spec.train)
    groups = parameter_groups(plan, spec.train)
    for i, phase in enumerate(spec.train.phases):
        yield from _phase(phase, groups, spec.train, i)


def _phase(
    phase: Phase, groups: tuple[ParameterGroup, ...], train: Train, index: int
) -> Iterator[Diagnostic]:
    at = ("train", "phases", index)
    names = ", ".join(f"`{g.name}`" for g in groups)
    if phase.train == ():
        yield diagnostic("ARC406", "the phase trains nothing", (*at, "train"), help=f"the groups are {names}")
    for i, name in enumerate(phase.train or ()):
        if not selected(groups, name):
            yield diagnostic(
                "ARC405",
                f"there is no parameter group `{name}`",
                (*at, "train", i),
                help=f"the groups are {names}",
            )
    if isinstance(phase.lr, tuple) and len(phase.lr) not in (2, len(groups)):
        yield diagnostic(
            "ARC407",
            f"lr has {len(phase.lr)} rates for {len(groups)} groups",
            (*at, "lr"),
            help=f"write one rate, [first, last], or one for each of {names}",
        )


def _task(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """The data must be of the kind the model answers."""
    dense = isinstance(spec.model, Unet)
    match spec.data:
        case Segmentation() if not dense:
            yield _mismatch(spec, "one answer an image", "masks", 'kind = "unet"')
        case Digits() if dense:
            yield _mismatch(spec, "one answer a pixel", "one label an image", 'kind = "classifier"')
        case _:
            return


def _mismatch(spec: Spec, answer: str, labels: str, remedy: str) -> Diagnostic:
    return diagnostic(
        "ARC502",
        f"`{spec.model.kind}` gives {answer}, but the data has {labels}",
        ("model", "kind"),
        also=(Label(("data", "kind"), "value", labels),),
        help=f"use {remedy}, or other data",
    )


def _ignored_label(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    data = spec.data
    if isinstance(data, Segmentation) and data.ignore is not None and data.ignore < len(data.classes):
        yield diagnostic(
            "ARC503",
            f"ignore is {data.ignore}, which is the class `{data.classes[data.ignore]}`",
            ("data", "ignore"),
            help=f"classes are numbered 0 to {len(data.classes) - 1}; the ignored label is another number",
        )


def _class_weights(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    weights = spec.loss.weights if spec.loss is not None else "none"
    count = class_count(spec)
    if isinstance(weights, tuple) and len(weights) != count:
        yield diagnostic(
            "ARC504",
            f"the loss has {len(weights)} class weights for {count} classes",
            ("loss", "weights"),
            help=f'write {count} numbers, or "balanced"',
        )


def _metrics(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    per_pixel = {"mean_iou", "pixel_accuracy", "dice"}
    dense = isinstance(spec.model, Unet)
    for i, kind in enumerate(spec.metrics.kinds if spec.metrics else ()):
        if (kind in per_pixel) != dense:
            fitting = "mean_iou, pixel_accuracy, dice" if dense else "accuracy"
            yield diagnostic(
                "ARC505",
                f"`{kind}` does not measure what a `{spec.model.kind}` answers",
                ("metrics", "kinds", i),
                help=f"metrics that do: {fitting}",
            )


def _digit_channels(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    channels = plan.inputs[0].type.shape[1]
    if isinstance(spec.data, Digits) and channels not in (1, 3):
        yield diagnostic(
            "ARC506",
            f"digits are grey pictures, the input has {channels} channels",
            ("input", "channels"),
            help="use 1 or 3",
        )


def _training_parts(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    if spec.train is not None and spec.data is None:
        yield diagnostic(
            "ARC507", "there is [train] but no [data]", ("train",), aim="header", help="add a [data] table"
        )


CHECKS: tuple[Check, ...] = (
    _budget,
    _groups,
    _task,
    _ignored_label,
    _class_weights,
    _metrics,
    _digit_channels,
    _training_parts,
)
