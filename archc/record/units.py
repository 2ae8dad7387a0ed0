"""The default cut of a recorded model, and the units from the image to it that skips are drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from torch import nn

from archc.bodies.body import IMAGE
from archc.ops.dims import Dim, evaluate
from archc.ops.tensors import TensorType
from archc.record.draft import DraftNode
from archc.record.faults import Unrecordable
from archc.record.graph import Graph, reached
from archc.spec import layers as ops

# So large that what borders and rounding take away does not show in size / size of a map; it costs nothing.
_SIDE = 1 << 20
_SIZES = {"n": 1, "h": _SIDE, "w": _SIDE}


class Unit(NamedTuple):
    """A part of a body whose output is a map that everything behind it depends on alone."""

    name: str
    channels: int
    reduction: int
    node: int


def default_cut(model: nn.Module, graph: Graph) -> str:
    """Return the top-level child, or else the node, whose value is the last map before the classifier.

    Where a global pooling stands in the classifier's own child (SqueezeNet), the child before it is meant;
    where nothing pools (ViT reads one token), the value that enters the last child. A list of modules,
    which nobody calls, stands for the modules in it.
    """
    children = [name for name, _ in model.named_children()]
    ends = {graph.exits[path]: path for path in reversed(list(_called("", model, graph)))}
    pooling = _pooled(graph)
    if pooling is None:
        before = _entering(children[-1], graph)
        return ends.get(before, graph.nodes[before].name)
    before = _entering(graph.nodes[pooling].module.split(".")[0], graph)
    for index in _chain(graph, before):
        if index in ends:
            return ends[index]
    return graph.nodes[before].name


def _called(path: str, module: nn.Module, graph: Graph) -> Iterator[str]:
    """Yield paths of the children of `module`, those of a list of modules instead of the list."""
    for name, child in module.named_children():
        inner = f"{path}.{name}" if path else name
        if inner in graph.exits:
            yield inner
        elif isinstance(child, nn.ModuleList):
            yield from _called(inner, child, graph)


def _pooled(graph: Graph) -> int | None:
    """Return the global pooling at the end of the model, behind which all is one chain."""
    for index in _chain(graph, len(graph.nodes) - 1):
        op = graph.nodes[index].op
        if isinstance(op, ops.AdaptiveAvgPool2d) or (isinstance(op, ops.Mean) and len(op.dims) == 2):
            return index
    return None


def _chain(graph: Graph, index: int) -> Iterator[int]:
    """Yield the node `index` and, while it has one input only, what comes before it."""
    while index != IMAGE:
        yield index
        if len(graph.nodes[index].inputs) != 1:
            return
        index = graph.nodes[index].inputs[0]


def _entering(part: str, graph: Graph) -> int:
    """Return the value that the first node of a child, or of a function called beside the children, reads."""
    first = next(
        (n for n in graph.nodes if n.module == part or n.module.startswith(f"{part}.")), graph.nodes[-1]
    )
    if first.inputs[0] == IMAGE:
        raise Unrecordable("the whole model is one part: there is nothing before its classifier")
    return first.inputs[0]


def units(model: nn.Module, graph: Graph, cut: int, shown: Mapping[int, int] | None = None) -> list[Unit]:
    """Return the units on the way to the node `cut`, in execution order.

    Top-level children; one whose inside spans more than two resolutions is opened into its own children,
    and so on. `shown` has the node in whose place another stands among the exits.
    """
    passed = set(_passed_by_all(graph.nodes, cut))
    passed |= {new for old, new in (shown or {}).items() if old in passed}
    order = {new: old for old, new in (shown or {}).items()}
    found: dict[int, Unit] = {}
    for path in _opened("", model, graph):
        node = graph.exits.get(path)
        if node in passed and node not in found and (reduction := _reduction(graph.types[node], graph.image)):
            channels = graph.types[node].shape[1]
            if isinstance(channels, int):
                found[node] = Unit(path, channels, reduction, node)
    return [found[node] for node in sorted(found, key=lambda node: order.get(node, node))]


def _opened(path: str, module: nn.Module, graph: Graph) -> Iterator[str]:
    """Yield paths of the units below `module`; a container comes after what it was opened into."""
    for name, child in module.named_children():
        inner = f"{path}.{name}" if path else name
        if len(_resolutions(inner, graph)) > 2 or inner not in graph.exits:
            yield from _opened(inner, child, graph)
        yield inner


def _resolutions(path: str, graph: Graph) -> set[int]:
    typed = zip(graph.nodes, graph.types, strict=True)
    inside = {_reduction(type, graph.image) for node, type in typed if node.module.startswith(f"{path}.")}
    return inside - {0}


def _reduction(type: TensorType, image: TensorType) -> int:
    """Return the image's height over the map's; 0 for no map, and for squeeze-excitation's 1x1 maps."""
    if len(type.shape) != 4:
        return 0
    height, side = _size(type.shape[2]), _size(image.shape[2])
    return round(side / height) if 1 < height <= side else 0


def _size(dim: Dim) -> int:
    return evaluate(dim, _SIZES)


def _passed_by_all(nodes: tuple[DraftNode, ...], cut: int) -> Iterator[int]:
    """Yield the nodes through which every path from the image to `cut` goes.

    Inputs come before what reads them: a path avoids a node only if one of its edges leaps over it.
    """
    furthest: dict[int, int] = {IMAGE: IMAGE}  # node on a path from the image -> the last one that reads it
    for index in reached(cut, nodes):
        for source in nodes[index].inputs:
            if source in furthest:
                furthest[source] = furthest[index] = index
    leap = furthest.pop(IMAGE)
    for index in sorted(furthest):
        if leap <= index:
            yield index
        leap = max(leap, furthest[index])
