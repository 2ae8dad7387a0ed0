"""What a model's spec is made of, whatever its kind: each part with its place."""

from __future__ import annotations

from collections.abc import Iterator

from archc.catalog.graph import SpecPath
from archc.spec.layers import Layer
from archc.spec.model import Body, Classifier, Decoder, Graph, GraphNode, Head, Model, Module, Siamese, Unet


def bodies(model: Model) -> Iterator[tuple[SpecPath, Body]]:
    """Every body."""
    if not isinstance(model, Graph):
        yield ("model", "body"), model.body
        return
    for name, module in (model.modules or {}).items():
        if module.body is not None:
            yield ("model", "modules", name, "body"), module.body


def heads(model: Model) -> Iterator[tuple[SpecPath, Head]]:
    """Every head that is written, or a classifier's own."""
    match model:
        case Classifier():
            yield ("model", "head"), model.head
        case Siamese() if model.head is not None:
            yield ("model", "head"), model.head
        case Graph():
            for at, part in _graph_parts(model):
                if part.head is not None:
                    yield (*at, "head"), part.head
        case _:
            return


def decoders(model: Model) -> Iterator[tuple[SpecPath, Decoder]]:
    """Every decoder that is written, or a U-Net's own."""
    match model:
        case Unet():
            yield ("model", "decoder"), model.decoder
        case Siamese() if model.decoder is not None:
            yield ("model", "decoder"), model.decoder
        case Graph():
            for i, node in enumerate(model.nodes):
                if node.decoder is not None:
                    yield ("model", "nodes", i, "decoder"), node.decoder
        case _:
            return


def layers(model: Model) -> Iterator[tuple[SpecPath, Layer]]:
    """Every layer that somebody wrote in a list."""
    for at, head in heads(model):
        for key in ("before", "after", "layers"):
            for i, layer in enumerate(getattr(head, key) or ()):
                yield (*at, key, i), layer
    for at, decoder in decoders(model):
        for i, stage in enumerate(decoder.stages or ()):
            for key in ("upsample", "layers"):
                for j, layer in enumerate(getattr(stage, key) or ()):
                    yield (*at, "stages", i, key, j), layer
    if isinstance(model, Graph):
        for at, part in _graph_parts(model):
            for i, layer in enumerate(part.layers or ()):
                yield (*at, "layers", i), layer


def _graph_parts(model: Graph) -> Iterator[tuple[SpecPath, Module | GraphNode]]:
    """The modules and the nodes of a graph, which have most keys in common."""
    for name, module in (model.modules or {}).items():
        yield ("model", "modules", name), module
    for i, node in enumerate(model.nodes):
        yield ("model", "nodes", i), node
