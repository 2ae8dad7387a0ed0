"""Checks of what is written about the model: names, ranges, and settings that would do nothing."""

from __future__ import annotations

from collections.abc import Iterator

from archc.ops.facts import traits
from archc.ops.node import Node, SpecPath
from archc.plan.checks.data import data_names
from archc.plan.inputs import images
from archc.plan.lower.fault import diagnostic
from archc.plan.lower.inputs import input_path
from archc.plan.lower.spec_parts import bodies, decoders, heads, layers
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.spec import layers as ops
from archc.spec.document import Spec
from archc.spec.frozen import defaults_of
from archc.spec.model import Decoder, Head, Siamese, WeightsFile
from archc.spec.train import Group

_PRESETS_OWN = (
    "hidden",
    "dropout",
    "pool",
    "first_norm",
    "final_norm",
    "linear_first",
    "final_bias",
    "before",
    "after",
    "output_range",
)
"""Settings of a head that only its preset reads."""


def _unprintable(spec: Spec) -> Iterator[Diagnostic]:
    """Names end up in tables, file headers and other people's terminals."""
    for at, name in _names(spec):
        if not name.isprintable():
            yield diagnostic(
                "ARC213",
                "a name holds a control character or another one that cannot be shown",
                at,
                help="a name is one line of visible characters and spaces",
            )


def _names(spec: Spec) -> Iterator[tuple[SpecPath, str]]:
    yield ("name",), spec.name or ""
    for at, body in bodies(spec.model):
        yield from _names_of_weights((*at, "weights"), body.weights)
    yield from _names_of_weights(("model", "weights"), spec.model.weights)
    yield from data_names(spec)
    groups = spec.train.groups if spec.train else ()
    for i, group in enumerate(groups):
        if isinstance(group, Group):
            yield ("train", "groups", i, "name"), group.name


def _names_of_weights(at: SpecPath, weights: str | WeightsFile | None) -> Iterator[tuple[SpecPath, str]]:
    if not isinstance(weights, WeightsFile):
        yield at, weights or ""
        return
    for key in ("file", "entry", "prefix"):
        yield (*at, key), getattr(weights, key) or ""
    for before, after in (weights.rename or {}).items():
        yield (*at, "rename", before), before + after
    for i, pattern in enumerate(weights.skip):
        yield (*at, "skip", i), pattern


def _empty_ranges(spec: Spec) -> Iterator[Diagnostic]:
    for at, (low, high), may_be_one_point in _ranges(spec):
        if low > high or (low == high and not may_be_one_point):
            yield diagnostic(
                "ARC110",
                f"the range from {low:g} to {high:g} is empty",
                at,
                help=f"the lower end comes first: [{high:g}, {low:g}]"
                if low > high
                else "write two different numbers",
            )


def _ranges(spec: Spec) -> Iterator[tuple[SpecPath, tuple[float, float], bool]]:
    """Every written range: where, its ends, and whether they may be equal."""
    parts: list[tuple[SpecPath, Head | Decoder]] = [*heads(spec.model), *decoders(spec.model)]
    for at, answer in parts:
        if answer.output_range is not None:
            yield (*at, "output_range"), answer.output_range, False
    for at, layer in layers(spec.model):
        if isinstance(layer, ops.OutputRange):
            yield (*at, "high"), (layer.low, layer.high), False
    if spec.data is not None and spec.data.augment.scale is not None:
        yield ("data", "augment", "scale"), spec.data.augment.scale, True
    for i, phase in enumerate(spec.train.phases if spec.train else ()):
        if phase.augment is not None and phase.augment.scale is not None:
            yield ("train", "phases", i, "augment", "scale"), phase.augment.scale, True


def _idle_settings(spec: Spec) -> Iterator[Diagnostic]:
    """Settings that something else written beside them puts out of action."""
    for at, head in heads(spec.model):
        yield from _idle_in_head(head, at)
    for at, decoder in decoders(spec.model):
        yield from _idle_in_decoder(decoder, at)
    if isinstance(spec.model, Siamese):
        yield from _idle_in_siamese(spec.model)


def _idle_in_siamese(model: Siamese) -> Iterator[Diagnostic]:
    if model.embedding is not None and model.merge != "concat":
        yield _idle(("model", "merge"), "beside `embedding`", "embeddings are not merged: leave it out")


def _idle_in_decoder(decoder: Decoder, at: SpecPath) -> Iterator[Diagnostic]:
    by_hand = decoder.stages is not None
    joins_image = decoder.last_cross if by_hand else decoder.last_cross is not False
    if decoder.self_attention and by_hand:
        here = (*at, "self_attention")
        yield _idle(here, "beside `stages`", "put a `self_attention2d` layer in a stage")
    if decoder.bottleneck and not joins_image:
        yield _idle((*at, "bottleneck"), "without `last_cross`", "it shapes the block after the join")
    if not decoder.blur_final and (by_hand or not decoder.blur):
        why = "beside `stages`" if by_hand else "without `blur`"
        yield _idle((*at, "blur_final"), why, "leave it out")


def _idle_in_head(head: Head, at: SpecPath) -> Iterator[Diagnostic]:
    if head.layers is None:
        return
    defaults = defaults_of(Head)
    for name in _PRESETS_OWN:
        if getattr(head, name) != defaults[name]:
            yield _idle((*at, name), "beside `layers`", "write it as a layer, or leave it out")


def _idle(at: SpecPath, why: str, help: str) -> Diagnostic:
    return diagnostic("ARC215", f"`{at[-1]}` does nothing {why}", at, aim="key", help=help)


def _attention_block(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Automatic attention goes into the third block from the end: where there are fewer, nowhere."""
    for at, decoder in decoders(spec.model):
        wanted = decoder.stages is None and decoder.self_attention
        here = (*at, "self_attention")
        if wanted and not any(node.origin == here for node in plan.nodes):
            yield diagnostic(
                "ARC215",
                "`self_attention` does nothing: the decoder has fewer than three blocks",
                here,
                aim="key",
                help="join more skips, or write the decoder's `stages`",
            )


def _one_pixel(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """A body that shrinks the image to one pixel leaves nothing to say where things are."""
    last = _body_end(plan)
    if last is None or last.out.shape[2:] != (1, 1) or traits(last.op).grid:
        return
    height, width = images(plan.inputs)[0].size
    yield diagnostic(
        "ARC701",
        f"the body shrinks {height}x{width} pixels to a map of 1x1",
        (*input_path(spec), "size"),
        help="use a larger input, or cut the body earlier",
        severity="warning",
    )


def _body_end(plan: Plan) -> Node | None:
    """Return the node of the body that the rest of the model reads first."""
    nodes = {node.name: node for node in plan.nodes}
    after = next((n for n in plan.nodes if plan.body_of(n) is None), None)
    return nodes.get(after.inputs[0]) if after is not None else None


MODEL_CHECKS = (_unprintable, _empty_ranges, _idle_settings)
SHAPE_CHECKS = (_attention_block, _one_pixel)
