"""The parts of a model's spec, whatever its kind, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from archc.ops.node import SpecPath
from archc.spec.layers import Layer, Repeat, Residual
from archc.spec.model import Body, Classifier, Decoder, Graph, GraphNode, Head, Model, Module, Siamese, Unet


def bodies(model: Model) -> Iterator[tuple[SpecPath, Body]]:
    """Yield every body."""
    if not isinstance(model, Graph):
        yield ("model", "body"), model.body
        return
    for name, module in (model.modules or {}).items():
        if module.body is not None:
            yield ("model", "modules", name, "body"), module.body


def heads(model: Model) -> Iterator[tuple[SpecPath, Head]]:
    """Yield every head that is written, or a classifier's own."""
    match model:
        case Classifier():
            yield ("model", "head"), model.head
        case Siamese():
            if model.head is not None:
                yield ("model", "head"), model.head
        case Graph():
            for at, part in _graph_parts(model):
                if part.head is not None:
                    yield (*at, "head"), part.head
        case Unet():
            return
        case _:
            assert_never(model)


def decoders(model: Model) -> Iterator[tuple[SpecPath, Decoder]]:
    """Yield every decoder that is written, or a U-Net's own."""
    match model:
        case Unet():
            yield ("model", "decoder"), model.decoder
        case Siamese():
            if model.decoder is not None:
                yield ("model", "decoder"), model.decoder
        case Graph():
            for i, node in enumerate(model.nodes):
                if node.decoder is not None:
                    yield ("model", "nodes", i, "decoder"), node.decoder
        case Classifier():
            return
        case _:
            assert_never(model)


def layer_lists(model: Model) -> Iterator[tuple[SpecPath, tuple[Layer, ...]]]:
    """Yield every list of layers that a spec writes, those inside layers included."""
    for at, written in _outer_lists(model):
        yield from _with_inner(at, written)


def layers(model: Model) -> Iterator[tuple[SpecPath, Layer]]:
    """Yield every layer that a spec writes in a list."""
    for at, written in layer_lists(model):
        yield from (((*at, i), layer) for i, layer in enumerate(written))


def _outer_lists(model: Model) -> Iterator[tuple[SpecPath, tuple[Layer, ...]]]:
    for at, body in bodies(model):
        for i, stage in enumerate(body.stages or ()):
            yield (*at, "stages", i, "layers"), stage.layers
    for at, head in heads(model):
        for key in ("before", "after", "layers"):
            yield (*at, key), getattr(head, key) or ()
    for at, decoder in decoders(model):
        for i, step in enumerate(decoder.stages or ()):
            yield (*at, "stages", i, "upsample"), step.upsample or ()
            yield (*at, "stages", i, "layers"), step.layers
    if isinstance(model, Graph):
        yield from (((*at, "layers"), part.layers or ()) for at, part in _graph_parts(model))


def _with_inner(at: SpecPath, written: tuple[Layer, ...]) -> Iterator[tuple[SpecPath, tuple[Layer, ...]]]:
    """Yield a list of layers, then those of the layers in it that hold others."""
    yield at, written
    for i, layer in enumerate(written):
        if isinstance(layer, Residual | Repeat):
            yield from _with_inner((*at, i, "layers"), layer.layers)
        if isinstance(layer, Residual):
            yield from _with_inner((*at, i, "shortcut"), layer.shortcut or ())


def _graph_parts(model: Graph) -> Iterator[tuple[SpecPath, Module | GraphNode]]:
    """Yield the modules and the nodes of a graph, which have most keys in common."""
    for name, module in (model.modules or {}).items():
        yield ("model", "modules", name), module
    for i, node in enumerate(model.nodes):
        yield ("model", "nodes", i), node
