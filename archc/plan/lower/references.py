"""Who reads whom in a graph: names resolved, and the nodes put in order."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping

from archc.ops.node import SpecPath
from archc.plan.lower.fault import fault
from archc.source.diagnostics.diagnostic import Fix, Label
from archc.source.diagnostics.suggest import correction, nearest
from archc.source.document.wording import SHORT_LIST
from archc.spec.frozen import Frozen, frozen
from archc.spec.model import Graph, GraphNode

NODES: SpecPath = ("model", "nodes")
DEFAULT_INPUT = "image"
"""The name of the one input."""


@frozen
class Reference(Frozen):
    """A value as the spec names it: an input or a node, perhaps a part inside it, and where it is named."""

    owner: str
    inside: str
    at: SpecPath


@frozen
class Names(Frozen):
    """Names that a reference may use: inputs, nodes by their index, and modules that one node alone uses.

    `read` holds what is read anywhere.
    """

    inputs: Mapping[str, SpecPath]
    nodes: Mapping[str, int]
    used_once: Mapping[str, str]
    read: frozenset[str] = frozenset()

    def resolve(self, name: str, at: SpecPath) -> Reference:
        """Return what a name refers to: its longest beginning that is known, then what is inside it.

        Raises:
            PlanFault: no beginning of it is the name of anything (ARC222).
        """
        segments = name.split(".")
        for end in range(len(segments), 0, -1):
            owner, inside = ".".join(segments[:end]), ".".join(segments[end:])
            if owner in self.nodes or owner in self.inputs:
                return Reference(owner, inside, at)
            if owner in self.used_once:
                return Reference(self.used_once[owner], inside, at)
        known = (*self.inputs, *self.nodes)
        near = nearest(name, known)
        raise fault(
            "ARC222",
            f"nothing is called `{name}`",
            at,
            help=(
                *((f"did you mean `{near}`?",) if near else ()),
                f"known are {', '.join(f'`{each}`' for each in known[:SHORT_LIST])}",
            ),
            fix=self._slip(name, known, at),
        )

    def _slip(self, name: str, known: tuple[str, ...], at: SpecPath) -> Fix | None:
        """Return the repair of a mistyped reference; a name that nothing reads may be the mistyped one."""
        fix = correction(name, known, at)
        return fix if fix and (fix.to in self.read or fix.to == DEFAULT_INPUT) else None


def names_of(model: Graph, inputs: Mapping[str, SpecPath]) -> Names:
    """Return all names of a graph; `inputs` says where the spec describes each.

    Raises:
        PlanFault: two nodes share a name, or a node has an input's (ARC224).
    """
    nodes: dict[str, int] = {}
    users: dict[str, list[str]] = {}
    for i, node in enumerate(model.nodes):
        _check_free(node, i, nodes, inputs, model)
        nodes[node.name] = i
        if node.use is not None:
            users.setdefault(node.use, []).append(node.name)
    once = {module: found[0] for module, found in users.items() if len(found) == 1}
    return Names(inputs, nodes, once, frozenset(_read(model)))


def _read(model: Graph) -> Iterator[str]:
    """Yield every name that something reads, and every beginning of it."""
    sources = (
        s for node in model.nodes for s in ((node.from_,) if isinstance(node.from_, str) else node.from_)
    )
    for source in (*sources, *model.outputs.values()):
        segments = source.split(".")
        yield from (".".join(segments[:end]) for end in range(1, len(segments) + 1))


def _check_free(
    node: GraphNode, index: int, nodes: Mapping[str, int], inputs: Mapping[str, SpecPath], model: Graph
) -> None:
    first: SpecPath | None = None
    if node.name in nodes:
        first = (*NODES, nodes[node.name], "name")
    elif node.name in inputs:
        first = inputs[node.name]
    elif node.name in (model.modules or {}) and node.use != node.name:
        first = ("model", "modules", node.name)
    if first is None:
        return
    aim = "value" if first[0] == "model" and first[1] == "nodes" else "key"
    raise fault(
        "ARC224",
        f"the name `{node.name}` is taken",
        (*NODES, index, "name"),
        also=(Label(first, aim, "has it already"),),  # type: ignore[arg-type]
        help="give the node another name",
    )


def references(model: Graph, names: Names) -> tuple[tuple[Reference, ...], ...]:
    """Return what each node reads, in the order of the nodes."""
    return tuple(
        (
            *(
                (names.resolve(node.from_, (*NODES, i, "from")),)
                if isinstance(node.from_, str)
                else (names.resolve(name, (*NODES, i, "from", j)) for j, name in enumerate(node.from_))
            ),
        )
        for i, node in enumerate(model.nodes)
    )


def ordered(model: Graph, reads: tuple[tuple[Reference, ...], ...], names: Names) -> tuple[int, ...]:
    """Return the nodes' indices so that each comes after what it reads, otherwise as they are written.

    Raises:
        PlanFault: nodes that wait for each other (ARC223).
    """
    waits = [{names.nodes[r.owner] for r in found if r.owner in names.nodes} for found in reads]
    readers: dict[int, list[int]] = {}
    for index, needed in enumerate(waits):
        for other in needed:
            readers.setdefault(other, []).append(index)
    ready = [index for index, needed in enumerate(waits) if not needed]
    order = []
    while ready:
        index = heapq.heappop(ready)
        order.append(index)
        for reader in readers.get(index, ()):
            waits[reader].discard(index)
            if not waits[reader]:
                heapq.heappush(ready, reader)
    if len(order) < len(reads):
        raise _cycle(model, waits, reads, names)
    return tuple(order)


def _cycle(
    model: Graph, waits: list[set[int]], reads: tuple[tuple[Reference, ...], ...], names: Names
) -> Exception:
    """Return one circle among the nodes that wait, shown at each of its edges."""
    path: list[int] = [next(i for i, needed in enumerate(waits) if needed)]
    while (following := min(waits[path[-1]])) not in path:
        path.append(following)
    circle = path[path.index(following) :]
    places = []
    for index, other in zip(circle, (*circle[1:], circle[0]), strict=True):
        edge = next(r for r in reads[index] if names.nodes.get(r.owner) == other)
        places.append(Label(edge.at, "value", f"`{model.nodes[index].name}` reads it"))
    round_trip = " -> ".join(f"`{model.nodes[i].name}`" for i in (*reversed(circle), circle[-1]))
    return fault(
        "ARC223",
        "nodes read each other in a circle",
        places[0].path,
        label=places[0].text,
        also=tuple(places[1:6]),
        help=f"the circle is {round_trip}: let one of them read something else",
    )
