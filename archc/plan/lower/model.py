"""Spec to Plan: the one way in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archc.bodies.body import CHANNELS_FIRST
from archc.ops.node import Node
from archc.plan.bounds import USUAL, Bounds
from archc.plan.lower.builder import Builder
from archc.plan.lower.inputs import graph_inputs, shape_path
from archc.plan.lower.outputs import made_outputs
from archc.plan.lower.weights import start_of
from archc.plan.plan import SCORES, Ends, Plan
from archc.plan.targets import class_count
from archc.spec.document import Spec
from archc.spec.model import Classifier, Graph, Siamese, Unet


def lower(spec: Spec, *, name: str = "model", search: tuple[Path, ...] = (), bounds: Bounds = USUAL) -> Plan:
    """Return the typed graph of a spec's model at its input size; `search` are folders with recorded bodies.

    Raises:
        PlanFault: a fault that leaves no graph to speak of.
    """
    builder = Builder(search=search, bounds=bounds)
    inputs = graph_inputs(spec, search)
    for given in inputs:
        builder.types[given.name] = given.type
        builder.sizes[given.name] = shape_path(spec, given)
    names = tuple(given.name for given in inputs)
    ends = _lowered(builder, spec, names)
    return Plan(
        name=spec.name or name,
        inputs=inputs,
        nodes=_read(builder.nodes, ends),
        outputs=made_outputs(spec, ends, builder.types),
        bodies=tuple(builder.bodies),
        bounds=bounds,
        search=search,
        start=start_of(spec.model.weights),
    )


def _lowered(builder: Builder, spec: Spec, names: tuple[str, ...]) -> Ends:
    """Return the outputs with their values. Each kind's file is imported only where a spec has it."""
    match spec.model:
        case Classifier():
            from archc.plan.lower.classifier import lower_classifier

            return ((SCORES, lower_classifier(builder, spec.model, names[0], class_count(spec))),)
        case Unet():
            from archc.plan.lower.unet import lower_unet

            return ((SCORES, lower_unet(builder, spec.model, names[0], class_count(spec))),)
        case Siamese():
            from archc.plan.lower.siamese import lower_siamese

            return lower_siamese(builder, spec.model, names, class_count(spec))
        case Graph():
            from archc.plan.lower.graph import lower_graph

            return lower_graph(builder, spec.model, lambda: class_count(spec))


def _read(nodes: Sequence[Node], ends: Ends) -> tuple[Node, ...]:
    """Return the nodes but for maps of a body that are shown channels first and that nothing taps."""
    if not any(node.module.endswith(CHANNELS_FIRST) for node in nodes):
        return tuple(nodes)
    read = {name for node in nodes for name in node.inputs} | {value for _, value in ends}
    return tuple(n for n in nodes if n.name in read or not n.module.endswith(CHANNELS_FIRST))
