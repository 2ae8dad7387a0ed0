"""Advice on the recipe: learning rates, what is frozen, what is held out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from archc.ops.facts import traits
from archc.ops.node import SpecPath
from archc.plan.checks.advice import body_path
from archc.plan.checks.data import sources
from archc.plan.groups.partition import parameter_groups, selected
from archc.plan.losses import loss_facts
from archc.plan.lower.fault import PlanFault, diagnostic
from archc.plan.parameters import named_parameters
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.wording import either
from archc.spec.data import Digits, Pairs, Triplets
from archc.spec.document import Spec
from archc.spec.train import Adam, Optimizer, Sgd, Train


def _usual_rates(optimizer: Optimizer) -> tuple[float, float, str]:
    """Return the highest rate that trains nothing, the one above which it diverges, and what is usual."""
    match optimizer:
        case Adam():
            return 1e-7, 0.1, "1e-5 to 1e-2"
        case Sgd():
            return 1e-6, 10.0, "1e-3 to 1"
        case _:
            assert_never(optimizer)


def _rates(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    if spec.train is None:
        return
    low, high, usual = _usual_rates(spec.train.optimizer)
    for i, phase in enumerate(spec.train.phases):
        at: SpecPath = ("train", "phases", i, "lr")
        rates = phase.lr if isinstance(phase.lr, tuple) else (phase.lr,)
        top = max(rates, default=low)
        if not low <= top <= high:
            yield diagnostic(
                "ARC707",
                f"a learning rate of {rate(top)} is far {'above' if top > high else 'below'} what"
                f" `{spec.train.optimizer.kind}` is used with",
                at,
                help=f"usual rates are {usual}",
                severity="warning",
            )
        elif len(rates) == 2 and rates[0] > rates[1]:
            yield diagnostic(
                "ARC708",
                "the layers next to the input learn faster than the head",
                at,
                help=f"the first rate is that of the first group: [{rate(rates[1])}, {rate(rates[0])}]",
                severity="warning",
            )


def _frozen_at_random(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Warn of a first phase that trains on the features of a body which knows nothing yet."""
    if spec.train is None or spec.train.phases[0].train is None:
        return
    moving, tensors = _trained(plan, spec.train), tuple(named_parameters(plan))
    for body in plan.bodies if moving else ():
        random = body.weights == "none" and plan.start is None
        if random and not any(t.name in moving for t in tensors if body.holds(t.node)):
            yield diagnostic(
                "ARC709",
                "the body is frozen while its weights are still random",
                ("train", "phases", 0, "train"),
                also=(Label((*body_path(spec, body), "weights"), "value", "no weights to start from"),),
                help="start the body from published weights, or train it from the first phase on",
                severity="warning",
            )


def _trained(plan: Plan, train: Train) -> set[str]:
    """Return the parameters that the first phase trains; none where its groups are at fault."""
    try:
        groups = parameter_groups(plan, train)
    except PlanFault:
        return set()
    wanted = {name for each in train.phases[0].train or () for name in selected(groups, each)}
    return {name for group in groups if group.name in wanted for name in group.parameters}


def _held_out(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    for at, data in sources(spec):
        share = getattr(data, "valid", None)
        if isinstance(share, float) and share > 0.5:
            yield diagnostic(
                "ARC711",
                f"{share:.0%} of the images are held out, and only {1 - share:.0%} trained on",
                (*at, "valid"),
                help=f"`valid` is the share for validation: write {1 - share:.2g} for the smaller one",
                severity="warning",
            )


def _mirrored_digits(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    data = spec.data.of if isinstance(spec.data, Pairs | Triplets) else spec.data
    if not isinstance(data, Digits) or spec.data is None:
        return
    changes = [(("data", "augment"), spec.data.augment)]
    for i, phase in enumerate(spec.train.phases if spec.train else ()):
        if phase.augment is not None:
            changes.append((("train", "phases", i, "augment"), phase.augment))  # type: ignore[arg-type]
    for at, augment in changes:
        for key in ("horizontal_flip", "vertical_flip"):
            if getattr(augment, key) > 0:
                yield diagnostic(
                    "ARC713",
                    "a mirrored digit is no digit, or another one",
                    (*at, key),
                    help="leave it out; `rotate` and `translate` suit digits",
                    severity="warning",
                )


def rate(value: float) -> str:
    """Return a learning rate as people write it: 1e-5."""
    return f"{value:g}".replace("e-0", "e-").replace("e+0", "e")


def _not_deterministic(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Warn of what torch has no deterministic form of on CUDA, at which training there stops."""
    if spec.train is None or spec.train.deterministic != "strict":
        return
    places = {f"`{node.op.op}`": node.origin for node in reversed(plan.nodes) if traits(node.op).unsteady}
    pooled = bool(places)
    for one in plan.outputs:
        if one.dense and one.loss is not None and loss_facts(one.loss).unsteady:
            places[f"`{one.loss.kind}` of pixels"] = ("losses", one.name) if spec.losses else ("loss",)
    if places:
        yield diagnostic(
            "ARC715",
            f"training on CUDA will stop: it has no deterministic form of {either(tuple(places))}",
            ("train", "deterministic"),
            also=tuple(Label(at, "header", what) for what, at in list(places.items())[:4]),
            help="train on the CPU, leave it out, or pool by means"
            if pooled
            else "train on the CPU, or leave it out",
            severity="warning",
        )


RECIPE_CHECKS = (_rates, _frozen_at_random, _held_out, _mirrored_digits, _not_deterministic)
