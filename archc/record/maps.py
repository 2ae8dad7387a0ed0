"""Maps that a library keeps with their channels last: the same, channels first, for cuts and skips."""

from __future__ import annotations

from dataclasses import replace

from archc.bodies.body import CHANNELS_FIRST
from archc.ops.tensors import TensorType
from archc.record.graph import Graph
from archc.spec import layers as ops


def channels_first(graph: Graph) -> tuple[Graph, dict[int, int]]:
    """Return `graph` with a `(N, C, H, W)` map beside each `(N, H, W, C)` one of a child or block.

    The second value is the new node by the old one's index. The exits lead to the new nodes, which come last.
    """
    nodes, types, exits = list(graph.nodes), list(graph.types), dict(graph.exits)
    made: dict[int, int] = {}
    for path, index in graph.exits.items():
        if not _is_unit(path, graph) or not is_channels_last(graph.types[index], graph.image):
            continue
        if index not in made:
            made[index] = len(nodes)
            if nodes[index].name == path:
                nodes[index] = nodes[index]._replace(name=f"{path}.channels_last")
            n, h, w, c = graph.types[index].shape
            first = ops.Permute(dims=(0, 3, 1, 2))
            nodes.append(
                nodes[index]._replace(name=path, module=f"{path}{CHANNELS_FIRST}", op=first, inputs=(index,))
            )
            types.append(TensorType((n, c, h, w)))
        exits[path] = made[index]
    return replace(graph, nodes=tuple(nodes), types=tuple(types), exits=exits), made


def _is_unit(path: str, graph: Graph) -> bool:
    """Return whether a module is a child, its child, or a numbered block that is more than one op."""
    if path.count(".") <= 1:
        return True
    here = (node for node in graph.nodes if node.module == path)
    return path.rpartition(".")[2].isdecimal() and all(isinstance(n.op, ops.LibraryPart) for n in here)


def is_channels_last(type: TensorType, image: TensorType) -> bool:
    """Return whether a value is `(N, H, W, C)`, as far as its sizes tell.

    A map of a square image is square.
    """
    if len(type.shape) != 4:
        return False
    _, rows, columns, channels = type.shape
    if not isinstance(rows, int) and isinstance(channels, int):
        return True
    square = rows == columns != channels and image.shape[2] == image.shape[3]
    return square and isinstance(rows, int) and rows > 1
