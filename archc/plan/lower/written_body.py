"""A body that the spec writes itself, as a record: from there on it is like a library's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archc.bodies.catalog import IMAGE, BodyNode, BodyRecord, Stage
from archc.ops.initializers import ZEROS, Init, Inits
from archc.ops.node import Node, SpecPath
from archc.ops.tensors import TensorType
from archc.plan.bounds import USUAL, Bounds
from archc.plan.lower.builder import Builder
from archc.plan.lower.fault import fault
from archc.plan.plan import WRITTEN
from archc.source.diagnostics.diagnostic import Label
from archc.spec import layers as ops
from archc.spec.layers import Layer
from archc.spec.model import Body, BodyStage

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_WEIGHTS: dict[str, Init] = {
    "kaiming_normal": Init(kind="kaiming_normal"),
    "kaiming_uniform": Init(kind="kaiming_uniform"),
    "xavier_normal": Init(kind="xavier_normal"),
}


def unread_record(body: Body) -> BodyRecord:
    """Return the record of a written body before it is known what it reads: it has no nodes yet."""
    return _record(body, (), {}, (), (1, 1), 3)


def written_record(body: Body, image: TensorType, origin: SpecPath, bounds: Bounds = USUAL) -> BodyRecord:
    """Return the record of a written body that reads `image`; its nodes are `STAGE.0`, `STAGE.1`, ...

    Raises:
        PlanFault: a stage's name cannot be used (ARC241), or a layer does not fit.
    """
    stages = body.stages or ()
    _check_names(stages, (*origin, "stages"))
    builder = Builder(types={"image": image}, bounds=bounds)
    value, exits = "image", {}
    for index, stage in enumerate(stages):
        for number, layer in enumerate(stage.layers):
            at = (*origin, "stages", index, "layers", number)
            value = builder.layer(
                f"{stage.name}.{number}", layer, value, init=_init(layer, body.init), origin=at
            )
        exits[stage.name] = len(builder.nodes) - 1
    channels, height, width = image.shape[1:]
    assert isinstance(channels, int)
    assert isinstance(height, int)
    assert isinstance(width, int)
    kept = tuple(_stages(exits, builder.nodes, height))
    return _record(body, _nodes(builder.nodes), exits, kept, (height, width), channels)


def _check_names(stages: Sequence[BodyStage], at: SpecPath) -> None:
    first: dict[str, int] = {}
    for index, stage in enumerate(stages):
        if not _NAME.fullmatch(stage.name) or stage.name == "training":
            raise fault(
                "ARC241",
                f"a stage cannot be called `{stage.name}`",
                (*at, index, "name"),
                help="use letters, digits and _, not beginning with a digit",
            )
        if stage.name in first:
            raise fault(
                "ARC241",
                f"two stages are called `{stage.name}`",
                (*at, index, "name"),
                also=(Label((*at, first[stage.name], "name")),),
                help="rename one",
            )
        first[stage.name] = index


def _nodes(nodes: Sequence[Node]) -> tuple[BodyNode, ...]:
    places = {"image": IMAGE} | {node.name: index for index, node in enumerate(nodes)}
    return tuple(
        BodyNode(node.name, node.module, node.op, tuple(places[i] for i in node.inputs), node.init)
        for node in nodes
    )


def _stages(exits: dict[str, int], nodes: Sequence[Node], height: int) -> list[Stage]:
    """Return the stages that end with a map."""
    found = []
    for name, index in exits.items():
        shape = nodes[index].out.shape
        if len(shape) == 4 and isinstance(shape[1], int) and isinstance(shape[2], int):
            found.append(Stage(name, shape[1], max(round(height / shape[2]), 1), index))
    return found


def _record(
    body: Body,
    nodes: tuple[BodyNode, ...],
    exits: dict[str, int],
    stages: tuple[Stage, ...],
    size: tuple[int, int],
    channels: int,
) -> BodyRecord:
    children = tuple(stage.name for stage in body.stages or ())
    return BodyRecord(
        ref=WRITTEN,
        size=size,
        fixed_size=False,
        min_size=1,
        children=children,
        cut=children[-1],
        nodes=nodes,
        exits=exits | {node.name: index for index, node in enumerate(nodes)},
        stages=stages,
        weights={},
        default_weights=None,
        unused_keys=(),
        state=(),
        recorded_with={},
        channels=channels,
    )


def _init(layer: Layer, how: str | None) -> Inits:
    """Return how a convolution or a linear layer starts; every other as torch starts it."""
    if how == "torch" or not isinstance(layer, ops.Conv2d | ops.ConvTranspose2d | ops.Linear):
        return ()
    weight = (("weight", _WEIGHTS[how or "kaiming_normal"]),)
    return (*weight, ("bias", ZEROS)) if layer.bias else weight
