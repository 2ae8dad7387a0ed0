"""The plan as nested parts: what each container of the module tree holds, and what it is called with.

Where the nodes of a container run together, they become its `forward`. Where they do not (a list of blocks
that each read something else), the container only holds, and whoever is around it calls what it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archc.export.source.expressions import Inline, expression
from archc.ops.call import Layer
from archc.ops.facts import buffers, parameters
from archc.ops.node import Node
from archc.ops.tensors import TensorType
from archc.plan.plan import Plan
from archc.spec import layers as ops

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One line of a forward pass.

    Attributes:
        target: the part that is called, as a path below the container; () for a formula.
        inline: the formula, if it is one.
        parameter: the value is the learned tensor at `target`.
        inputs, outputs: the values by their names in the plan.
    """

    target: Path
    inline: Inline | None
    parameter: bool
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(slots=True)
class Container:
    """A container: its children by name in the order of their first use, and its forward pass.

    A part without statements only holds its children. `inputs` and `outputs` are those of its first call.
    """

    path: Path
    children: dict[str, Child] = field(default_factory=dict)
    statements: tuple[Statement, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A layer or a learned tensor, and the op it stands for."""

    layer: Layer
    node: Node


Child = Container | Leaf


@dataclass(slots=True)
class Tree:
    """The whole: the root part and the type of every value."""

    root: Container
    types: dict[str, TensorType]


def tree_of(plan: Plan) -> Tree:
    """Return the plan's parts; as many containers as can be called as one are.

    Raises:
        ExportFault: a part of a body is its library's own module.
    """
    holders: set[Path] = set()
    while True:
        try:
            return Tree(_Growing(plan, holders).root(), plan.types())
        except _Held as held:
            holders.add(held.path)


class _Held(Exception):
    """This container cannot be called as one."""

    def __init__(self, path: Path) -> None:
        self.path = path


@dataclass(frozen=True, slots=True)
class _Item:
    """The nodes of one statement: a single one, or those of one call of a container."""

    nodes: tuple[int, ...]
    container: Path = ()


class _Growing:
    """The tree for one choice of holders; raises `_Held` where another container must be one."""

    def __init__(self, plan: Plan, holders: set[Path]) -> None:
        self.plan = plan
        self.holders = holders
        self.expressions = [expression(node.op) for node in plan.nodes]
        self.places = _places(plan, self.expressions)
        self.tags = [_tag(node) for node in plan.nodes]
        self.readers: dict[str, list[int]] = {}
        for index, node in enumerate(plan.nodes):
            for name in node.inputs:
                self.readers.setdefault(name, []).append(index)
        self.kept = {output.value for output in plan.outputs}

    def root(self) -> Container:
        part = Container((), inputs=tuple(i.name for i in self.plan.inputs))
        self._fill(part, tuple(range(len(self.plan.nodes))))
        part.outputs = tuple(output.value for output in self.plan.outputs)
        return part

    def _fill(self, part: Container, nodes: tuple[int, ...]) -> None:
        items = self._ordered(self._items(part.path, nodes))
        part.statements = tuple(self._step(part, item) for item in items)

    def _items(self, path: Path, nodes: tuple[int, ...]) -> list[_Item]:
        """Return nodes that stand in the container itself, and those of each call of a container in it."""
        found: list[_Item] = []
        inner: dict[tuple[Path, str], list[int]] = {}
        for index in nodes:
            owner = self._owner(path, self.places[index][:-1])
            if owner is None:
                found.append(_Item((index,)))
            else:
                inner.setdefault((owner, self.tags[index]), []).append(index)
        for (owner, _), group in inner.items():
            if not any(isinstance(self.expressions[i], Layer) for i in group):
                found += [_Item((i,)) for i in group]
            else:
                found.append(_Item(tuple(group), owner))
        return sorted(found, key=lambda item: item.nodes[0])

    def _owner(self, path: Path, container: Path) -> Path | None:
        """Return the outermost container below `path`, around `container`, that is called as one."""
        for end in range(len(path) + 1, len(container) + 1):
            if container[:end] not in self.holders:
                return container[:end]
        return None

    def _ordered(self, items: list[_Item]) -> list[_Item]:
        """Return the items, each after its inputs; in the plan's order where that is one."""
        makers = {index: number for number, item in enumerate(items) for index in item.nodes}
        names = {self.plan.nodes[index].name: number for index, number in makers.items()}
        needs = [
            {names[v] for i in item.nodes for v in self.plan.nodes[i].inputs if names.get(v, n) != n}
            for n, item in enumerate(items)
        ]
        done: list[int] = []
        waiting = list(range(len(items)))
        while waiting:
            ready = next((n for n in waiting if needs[n] <= set(done)), None)
            if ready is None:
                raise _Held(next(items[n].container for n in waiting if items[n].container))
            waiting.remove(ready)
            done.append(ready)
        return [items[n] for n in done]

    def _step(self, part: Container, item: _Item) -> Statement:
        path = item.container
        if not path:
            return self._leaf(part, item.nodes[0])
        inside = Container(path, inputs=self._inputs(item), outputs=self._outputs(item))
        self._fill(inside, item.nodes)
        self._check(inside)
        owner, name = self._holder(part, path)
        known = owner.children.setdefault(name, inside)
        if known is not inside and not (isinstance(known, Container) and _alike(known, inside)):
            raise _Held(path)
        return Statement(path[len(part.path) :], None, False, inside.inputs, inside.outputs)

    def _check(self, part: Container) -> None:
        """A list of parts is called as one only where each feeds the next."""
        if not chained(part) and all(name.isdigit() for name in part.children):
            raise _Held(part.path)

    def _leaf(self, part: Container, index: int) -> Statement:
        node, made, place = self.plan.nodes[index], self.expressions[index], self.places[index]
        if isinstance(made, Inline):
            if made.layer is not None and place[:-1] == part.path:
                part.children.setdefault(place[-1], Leaf(made.layer, node))
            return Statement(place[len(part.path) :], made, False, node.inputs, (node.name,))
        owner, name = self._holder(part, place)
        owner.children.setdefault(name, Leaf(made, node))
        parameter = isinstance(node.op, ops.Parameter)
        return Statement(place[len(part.path) :], None, parameter, node.inputs, (node.name,))

    def _holder(self, part: Container, place: Path) -> tuple[Container, str]:
        """Return the part that has the child at `place`: this one, or a holder below it."""
        owner = part
        for segment in place[len(part.path) : -1]:
            made = owner.children.setdefault(segment, Container((*owner.path, segment)))
            assert isinstance(made, Container)
            owner = made
        return owner, place[-1]

    def _inputs(self, item: _Item) -> tuple[str, ...]:
        inside = {self.plan.nodes[i].name for i in item.nodes}
        read = (name for i in item.nodes for name in self.plan.nodes[i].inputs)
        return tuple(dict.fromkeys(name for name in read if name not in inside))

    def _outputs(self, item: _Item) -> tuple[str, ...]:
        inside = set(item.nodes)
        names = (self.plan.nodes[i].name for i in item.nodes)
        return tuple(
            name for name in names if name in self.kept or not inside.issuperset(self.readers.get(name, ()))
        )


def chained(part: Container) -> bool:
    """Return True where every child is used once, on the output of the one before, as in a Sequential."""
    value, used = part.inputs, set()
    for statement in part.statements:
        child = part.children.get(".".join(statement.target))
        if child is None or statement.parameter or statement.inputs != value or len(statement.outputs) != 1:
            return False
        if len(value) != 1 or statement.target in used:
            return False
        used.add(statement.target)
        value = statement.outputs
    return len(part.inputs) == 1 and value == part.outputs and len(used) == len(part.children)


def walk(part: Container) -> Iterator[Container]:
    """Yield the part and all parts in it, those inside first."""
    for child in part.children.values():
        if isinstance(child, Container):
            yield from walk(child)
    yield part


def _alike(one: Container, other: Container) -> bool:
    """Return True where two calls of a part do the same."""
    return wiring(one) == wiring(other)


def wiring(part: Container) -> tuple[object, ...]:
    """Return which statement of a part reads which value, whatever the values are called."""
    numbers = {name: index for index, name in enumerate(part.inputs)}
    rows: list[object] = []
    for statement in part.statements:
        reads = tuple(numbers[name] for name in statement.inputs)
        for name in statement.outputs:
            numbers[name] = len(numbers)
        rows.append(
            (
                statement.target if statement.inline is None else statement.inline.kind,
                reads,
                len(statement.outputs),
            )
        )
    return (*rows, tuple(numbers[name] for name in part.outputs))


def _places(plan: Plan, made: Sequence[Layer | Inline]) -> list[Path]:
    """Return where in the module tree each node stands; layers without tensors make way for others."""
    inner = {path[:end] for path in _paths(plan) for end in range(1, len(path))}
    taken: dict[Path, object] = {}
    places: list[Path] = []
    for node, expression_ in zip(plan.nodes, made, strict=True):
        path = tuple(node.module.split("."))
        if not (parameters(node.op) or buffers(node.op)):
            if isinstance(expression_, Inline):
                path = (*path[:-1], node.name.partition("@")[0].split(".")[-1])
            while path in inner or taken.get(path, node.op) != node.op:
                path = (*path[:-1], path[-1] + "_")
        taken[path] = node.op
        places.append(path)
    return places


def _paths(plan: Plan) -> Iterator[Path]:
    for node in plan.nodes:
        yield tuple(node.module.split("."))


def _tag(node: Node) -> str:
    """Return which use of its part a node belongs to: a part used again has values of other names."""
    base, _, again = node.name.partition("@")
    if again:
        return again
    return "" if base.rpartition(".")[0] == node.module.rpartition(".")[0] else base.rpartition(".")[0]
