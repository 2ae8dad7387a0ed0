"""Advice on the model: what can be built, and is hardly meant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from archc.bodies.body import PublishedWeights
from archc.ops.dims import Dim
from archc.ops.facts import traits
from archc.ops.node import Node, SpecPath
from archc.ops.normalization import BatchNorm
from archc.ops.tensors import Shape
from archc.plan.inputs import images
from archc.plan.lower.fault import diagnostic
from archc.plan.lower.inputs import input_path
from archc.plan.lower.reduction import reduction
from archc.plan.lower.spec_parts import decoders, layer_lists
from archc.plan.outputs import Output, task_facts
from archc.plan.plan import BodyUse, Plan
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.wording import either
from archc.spec import layers as ops
from archc.spec.document import Spec
from archc.spec.layers import Layer
from archc.spec.layers.convolution import Convolution
from archc.spec.layers.dropping import Dropping
from archc.spec.model import Graph

_WITH_BIAS = Convolution | ops.DepthwiseConv2d | ops.SeparableConv2d | ops.Linear
_BOUNDED = (ops.Softmax, ops.Sigmoid, ops.Relu)
"""Activations that spoil the scores which a loss takes that applies its own."""
_UNEVEN = 0.1
"""The share by which an enlarged map may miss its skip before anybody is told."""

_SHIFT, _SPREAD = 0.1, 1.5
"""How far a mean may lie from that of the weights, and by what factor a deviation may differ."""


def _bounded_scores(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Warn of a softmax or a sigmoid before a loss that applies its own."""
    if not (spec.train or spec.loss or spec.losses):
        return
    nodes = {node.name: node for node in plan.nodes}
    for one in plan.outputs:
        own, last = task_facts(one.task).activation, _before(nodes, one.value)
        if one.loss is None or own == "none" or last is None:
            continue
        if isinstance(last.op, _BOUNDED) or (own == "sigmoid" and isinstance(last.op, ops.LogSigmoid)):
            yield _bounded(last, one, one.loss.kind, own, several=len(plan.outputs) > 1)


def _bounded(last: Node, output: Output, kind: str, own: str, *, several: bool) -> Diagnostic:
    what = f"the output `{output.name}`" if several else "the model"
    help = f"leave it out: `{kind}` applies its own {own}"
    if isinstance(last.op, ops.Relu):
        help = "leave it out: scores may be negative"
    elif isinstance(last.op, ops.Softmax) and own == "softmax" and not several:
        help = 'leave it out; `export.postprocess = "softmax"` adds it to the exported model'
    return diagnostic(
        "ARC702",
        f"{what} ends in `{last.op.op}`, but `{kind}` takes scores",
        last.origin,
        help=help,
        severity="warning",
    )


def _before(nodes: dict[str, Node], value: str) -> Node | None:
    """Return the node that makes a value, those that only change its shape not counted."""
    node = nodes.get(value)
    while node is not None and traits(node.op).reshapes and node.inputs:
        node = nodes.get(node.inputs[0])
    return node


def _last_dropout(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    nodes = {node.name: node for node in plan.nodes}
    for output in plan.outputs:
        last = _before(nodes, output.value)
        if last is not None and isinstance(last.op, Dropping) and last.op.p > 0:
            yield diagnostic(
                "ARC706",
                "a dropout after the last layer sets answers themselves to 0",
                last.origin,
                help="put it before the last layer that learns",
                severity="warning",
            )


def _layers(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Warn of layers of a list that do not go together."""
    for at, written in layer_lists(spec.model):
        for i, (one, other) in enumerate(pairwise(written)):
            if isinstance(other, BatchNorm) and isinstance(one, _WITH_BIAS) and one.bias:
                yield _idle_bias(one, other, (*at, i))
        yield from _merging_linears(at, tuple(e for e in enumerate(written) if not _drops(e[1])))


def _drops(layer: Layer) -> bool:
    return isinstance(layer, Dropping | ops.Identity)


def _idle_bias(layer: Layer, norm: Layer, at: SpecPath) -> Diagnostic:
    return diagnostic(
        "ARC704",
        f"the bias of `{layer.op}` is canceled by the `{norm.op}` after it",
        (*at, "bias"),
        aim="key",
        help="write bias = false",
        severity="warning",
    )


def _merging_linears(at: SpecPath, written: tuple[tuple[int, Layer], ...]) -> Iterator[Diagnostic]:
    for (_, one), (i, other) in pairwise(written):
        both = isinstance(one, ops.Linear) and isinstance(other, ops.Linear)
        if both and one.out_features >= other.out_features:  # type: ignore[union-attr]
            yield diagnostic(
                "ARC712",
                "two `linear` layers with nothing but dropout between them can do no more than one",
                (*at, i),
                help='put an activation between them, such as { op = "relu" }, or leave one out',
                severity="warning",
            )


def _joins(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    found = uneven_join(spec, plan, (*input_path(spec), "size"))
    if found is not None:
        yield found


def uneven_join(spec: Spec, plan: Plan, size_at: SpecPath) -> Diagnostic | None:
    """Return advice on an input size that does not halve evenly, so that a decoder squeezes what it joins."""
    places = tuple(at for at, _ in decoders(spec.model))
    types = plan.types() if places else {}
    for node in plan.nodes if places else ():
        if not isinstance(node.op, ops.ResizeLike) or not _joins_skip(node, places):
            continue
        here, there = (types[name].shape[2:] for name in node.inputs)
        if any(_misses(a, b) for a, b in zip(here, there, strict=True)):
            return _uneven(plan, here, there, size_at)
    return None


def _joins_skip(node: Node, places: tuple[SpecPath, ...]) -> bool:
    """Return whether a resize is a decoder's own, before it joins a skip."""
    inside = any(node.origin[: len(at)] == at for at in places)
    return inside and (".blocks." in node.name or ".stages." in node.name)


def _misses(size: Dim, skip: Dim) -> bool:
    both = isinstance(size, int) and isinstance(skip, int)
    return both and skip * (1 + _UNEVEN) < size < 2 * skip  # type: ignore[operator]


def _uneven(plan: Plan, here: Shape, there: Shape, size_at: SpecPath) -> Diagnostic:
    step = max((found for body in plan.bodies if (found := _reduction(body))), default=0)
    height, width = images(plan.inputs)[0].size
    enlarged, skip = (f"{h}x{w}" for h, w in (here, there))
    assert isinstance(height, int)
    assert isinstance(width, int)
    fitting = (f"{d(height, step)}x{d(width, step)}" for d in (_down, _up)) if step else ()
    return diagnostic(
        "ARC705",
        f"{height}x{width} does not halve evenly: a map of {enlarged} is squeezed to join a skip of {skip}",
        size_at,
        help=f"use a multiple of {step}, such as {either(tuple(dict.fromkeys(fitting)))}"
        if step
        else "use a size that the body's strides divide",
        severity="warning",
    )


def _reduction(body: BodyUse) -> int | None:
    if body.record is None:
        return None
    return reduction(body.record, body.record.exit_of(body.cut))


def _down(size: int, step: int) -> int:
    return max(size // step, 1) * step


def _up(size: int, step: int) -> int:
    return -(-size // step) * step


def _normalization(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Warn of an input that is not normalized as the weights expect it."""
    inputs = {given.name: given for given in images(plan.inputs)}
    said: set[SpecPath] = set()
    for body in plan.bodies:
        known = body.record.weights.get(body.weights) if body.record and body.in_channels == 3 else None
        first = next((n for n in plan.nodes if body.holds(n) and n.inputs[:1]), None)
        given = inputs.get(first.inputs[0]) if first else None
        if known is None or given is None:
            continue
        at = input_path(spec, given.name)
        shifted = any(abs(a - b) > _SHIFT for a, b in zip(given.mean, known.mean, strict=True))
        spread = any(not 1 / _SPREAD <= a / b <= _SPREAD for a, b in zip(given.std, known.std, strict=True))
        if (shifted or spread) and at not in said:
            said.add(at)
            yield _other_normalization(body, known, "mean" if shifted else "std", at, body_path(spec, body))


def _other_normalization(
    body: BodyUse, known: PublishedWeights, key: Literal["mean", "std"], at: SpecPath, body_at: SpecPath
) -> Diagnostic:
    theirs = ", ".join(f"{number:g}" for number in (known.mean if key == "mean" else known.std))
    return diagnostic(
        "ARC710",
        f"the weights `{body.weights}` expect another normalization of the input",
        (*at, key),
        also=(Label((*body_at, "weights"), "value", f"trained with {key} {theirs}"),),
        help="leave `mean` and `std` out: they then come with the weights",
        severity="warning",
    )


def body_path(spec: Spec, body: BodyUse) -> SpecPath:
    """Return where the spec describes a body of the plan."""
    return ("model", "modules", body.prefix, "body") if isinstance(spec.model, Graph) else ("model", "body")


ADVICE_CHECKS = (_bounded_scores, _last_dropout, _layers, _joins, _normalization)
