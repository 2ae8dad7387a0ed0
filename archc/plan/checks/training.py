"""Checks of how a model is trained: parameter groups, phases, and what a batch must hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from archc.ops.node import Node
from archc.ops.normalization import BatchNorm
from archc.plan.bounds import MOST_RELOWERED, MOST_SEARCHED
from archc.plan.checks.advice import uneven_join
from archc.plan.checks.budget import budget_faults
from archc.plan.groups.partition import ParameterGroup, group_faults, parameter_groups, selected
from archc.plan.lower.fault import PlanFault, diagnostic
from archc.plan.lower.model import lower
from archc.plan.outputs import Output, task_facts
from archc.plan.parameters import named_parameters
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.diagnostics.suggest import correction, nearest
from archc.source.document.wording import counted
from archc.source.text.spans import Path
from archc.spec.data import Segmentation
from archc.spec.document import Spec
from archc.spec.inputs import ImageInput, Input
from archc.spec.model import Graph
from archc.spec.train import Phase, Sgd, Train


def _groups(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    if spec.train is None:
        return
    yield from group_faults(plan, spec.train)
    groups = parameter_groups(plan, spec.train)
    for i, phase in enumerate(spec.train.phases):
        yield from _phase_groups(phase, groups, i, sure=isinstance(spec.train.groups, str))
    yield from _batches_of_one(plan, spec.train, groups)


def _phase_groups(
    phase: Phase, groups: tuple[ParameterGroup, ...], index: int, *, sure: bool
) -> Iterator[Diagnostic]:
    """Report phases whose groups, rates or decay do not fit.

    `sure`: the groups' names are archc's; one that the spec gives may itself be the mistyped one.
    """
    at = ("train", "phases", index)
    names = ", ".join(f"`{g.name}`" for g in groups)
    if phase.train == ():
        all_of_them = f"the groups are {names}; without `train` all are trained"
        yield diagnostic("ARC406", "the phase trains nothing", (*at, "train"), help=all_of_them)
    unknown = [(i, name) for i, name in enumerate(phase.train or ()) if not selected(groups, name)]
    for count, (i, name) in enumerate(unknown):
        known = [g.name for g in groups] if count < MOST_SEARCHED else []
        near = nearest(name, known)
        help = (*((f"did you mean `{near}`?",) if near else ()), f"the groups are {names}")
        place = (*at, "train", i)
        fix = correction(name, known, place) if sure else None
        yield diagnostic("ARC405", f"there is no parameter group `{name}`", place, help=help, fix=fix)
    if isinstance(phase.lr, tuple) and len(phase.lr) not in (2, len(groups)):
        yield diagnostic(
            "ARC407",
            f"lr has {counted(len(phase.lr), 'rate')} for {counted(len(groups), 'group')}",
            (*at, "lr"),
            also=(Label(("train", "groups"), "value", counted(len(groups), "group")),),
            help=f"write one rate, [first, last], or one for each of {names}",
        )
    if isinstance(phase.lr, tuple) and phase.layer_decay is not None:
        yield diagnostic(
            "ARC409",
            "several rates and a layer decay both say what each group gets",
            (*at, "layer_decay"),
            also=(Label((*at, "lr"), "value", "a rate for each group already"),),
            help="write one lr, the last group's, or leave layer_decay out",
        )


def _batches_of_one(plan: Plan, train: Train, groups: tuple[ParameterGroup, ...]) -> Iterator[Diagnostic]:
    """Report a norm over a batch of one number a channel; those of frozen groups may be at rest."""
    said: set[Path] = set()
    for i, phase in enumerate(train.phases):
        at: Path = ("train", "batch_size")
        if phase.batch_size is not None:
            at = ("train", "phases", i, "batch_size")
        if (phase.batch_size or train.batch_size) > 1 or at in said:
            continue
        norm = next(_starved(plan, phase, groups), None)
        if norm is None:
            continue
        said.add(at)
        yield diagnostic(
            "ARC408",
            f"the `{norm.op.op}` at `{norm.name}` cannot take the statistics of one example",
            at,
            label=f"leaves {norm.out}: one number a channel",
            help="use batches of 2 or more",
        )


def _starved(plan: Plan, phase: Phase, groups: tuple[ParameterGroup, ...]) -> Iterator[Node]:
    """Yield the batch norms in use that see one number a channel and example."""
    resting: set[str] = set()
    if phase.train is not None and phase.train_norm == "none":
        moving = {name for wanted in phase.train for name in selected(groups, wanted)}
        resting = {name for group in groups if group.name not in moving for name in group.parameters}
    for node in plan.nodes:
        if not isinstance(node.op, BatchNorm):
            continue
        if f"{node.module}.weight" not in resting and all(size == 1 for size in node.out.shape[2:]):
            yield node


def _phase_sizes(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Report input sizes of phases at which the model would have other parameters."""
    tried: dict[tuple[int, int], Diagnostic | None] = {}
    if too_many := _too_many_sizes(spec, plan):
        yield too_many
        return
    for i, phase in enumerate(spec.train.phases if spec.train else ()):
        if phase.size is None:
            continue
        if phase.size not in tried:
            tried[phase.size] = _at_size(spec, plan, phase.size)
        if found := tried[phase.size]:
            yield found.changed(labels=(Label(("train", "phases", i, "size")),))


def _too_many_sizes(spec: Spec, plan: Plan) -> Diagnostic | None:
    """Report more sizes than are tried: the model is lowered anew for each, for hours in a hostile spec."""
    sizes = {phase.size for phase in (spec.train.phases if spec.train else ()) if phase.size}
    if len(sizes) * len(plan.nodes) <= MOST_RELOWERED:
        return None
    return diagnostic(
        "ARC354",
        f"the phases have {len(sizes)} sizes for a model of {len(plan.nodes):,} nodes: too many to check",
        ("train", "phases"),
        help=f"train it at {max(MOST_RELOWERED // len(plan.nodes), 1)} sizes or fewer",
    )


def _at_size(spec: Spec, plan: Plan, size: tuple[int, int]) -> Diagnostic | None:
    try:
        other = lower(_resized(spec, size), search=plan.search, bounds=plan.bounds)
    except PlanFault as fault:
        return fault.diagnostic.changed(message=f"at this phase's size: {fault.diagnostic.message}")
    if too_large := next(budget_faults(other, ()), None):
        return too_large
    pairs = zip(named_parameters(plan), named_parameters(other), strict=False)
    changed = next(((a, b) for a, b in pairs if a.shape != b.shape), None)
    if changed is None:
        return uneven_join(spec, other, ())
    ours, theirs = changed
    return diagnostic(
        "ARC311",
        f"at this phase's size `{ours.name}` would be {_shape(theirs.shape)}, not {_shape(ours.shape)}",
        (),
        help="pool to a fixed size before the first `linear`",
    )


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def _resized(spec: Spec, size: tuple[int, int]) -> Spec:
    if spec.input is not None:
        return spec.changed(input=_at(spec.input, size))
    inputs = {name: _at(given, size) for name, given in (spec.inputs or {}).items()}
    return spec.changed(inputs=inputs)


def _at(given: Input, size: tuple[int, int]) -> Input:
    match given:
        case ImageInput():
            return given.changed(size=size)
        case _:
            assert_never(given)


def _parts(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    if spec.train is None:
        return
    if spec.data is None:
        yield diagnostic(
            "ARC507", "there is [train] but no [data]", ("train",), aim="header", help="add a [data] table"
        )
    elif any(one.supervised and one.size == 1 and _highest_wins(one) for one in plan.outputs):
        masks, graph = isinstance(spec.data, Segmentation), isinstance(spec.model, Graph)
        yield diagnostic(
            "ARC511",
            "with a single class every answer is right: nothing is learned",
            ("data", "classes") if masks else ("model", "outputs" if graph else "classes"),
            help="name the background as a class too" if masks else "use 2 classes or more",
        )


def _highest_wins(output: Output) -> bool:
    return task_facts(output.task).activation == "softmax"


def _momentum(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    optimizer = spec.train.optimizer if spec.train else None
    if isinstance(optimizer, Sgd) and optimizer.nesterov and optimizer.momentum == 0:
        yield diagnostic(
            "ARC215",
            "`nesterov` does nothing without `momentum`",
            ("train", "optimizer", "nesterov"),
            aim="key",
            help="write momentum = 0.9, or leave nesterov out",
        )


TRAINING_CHECKS = (_parts, _groups, _phase_sizes, _momentum)
