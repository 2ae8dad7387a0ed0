"""The plan folded into the blocks of a drawing: one for each resolution that a part of the model works at.

A lane is a part of the model (`body`, `decoder`, `head`), once for each time it is applied; within a lane
what follows each other at one size of map is one block. A model of few layers is not folded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from archc.ops.dims import evaluate
from archc.ops.facts import multiply_adds, parameters, traits
from archc.ops.node import Node
from archc.ops.tensors import TensorType
from archc.plan.plan import Plan
from archc.spec import layers as ops

Kind = Literal["input", "maps", "join", "chips", "output"]

_SMALL = 12
"""Up to so many nodes every layer is a block of its own."""


@dataclass(frozen=True, slots=True)
class Block:
    """One box of the drawing.

    Attributes:
        key: unique in the drawing.
        lane: the part of the model and which application of it, such as ("body", "right").
        names: the plan's values in it.
        chips: the words for its layers, where they are shown one by one.
        out: what it makes.
        parameters: of the layers that are first applied here.
        side: the height of the map in pixels; for tokens that of the map they were; 1 for a vector.
        shared: its layers have been applied before: their weights are counted there.
    """

    key: str
    kind: Kind
    lane: tuple[str, str]
    title: str
    names: tuple[str, ...]
    out: TensorType
    side: float = 1.0
    chips: tuple[str, ...] = ()
    convolutions: int = 0
    parameters: int = 0
    multiply_adds: int = 0
    shared: bool = False

    @property
    def channels(self) -> int:
        shape = self.out.shape
        return evaluate(shape[2] if len(shape) == 3 else shape[1], {}) if len(shape) > 1 else 1


@dataclass(frozen=True, slots=True)
class Edge:
    """The value that one block reads of another."""

    source: str
    target: str
    out: TensorType


@dataclass(frozen=True, slots=True)
class Sketch:
    """The drawing before it has places: blocks in execution order, and edges."""

    name: str
    blocks: tuple[Block, ...]
    edges: tuple[Edge, ...]
    parameters: int
    multiply_adds: int


def sketch(plan: Plan) -> Sketch:
    """Return the plan's blocks and edges."""
    lanes: dict[tuple[str, str], list[Node]] = {}
    for node in plan.nodes:
        lanes.setdefault(_lane(node), []).append(node)
    costs = dict(_costs(plan))
    made = [
        block
        for lane, nodes in lanes.items()
        for block in _blocks(plan, lane, [*_exits_beside(nodes)], costs)
    ]
    order = {node.name: index for index, node in enumerate(plan.nodes)}
    made.sort(key=lambda block: order[block.names[0]])
    inputs = [
        Block(f"input {i.name}", "input", _reader(plan, i.name), i.name, (i.name,), i.type, _side(i.type))
        for i in plan.inputs
    ]
    types = plan.types()
    outputs = [
        Block(f"output {one.name}", "output", ("output", one.name), one.name, (), types[one.value])
        for one in plan.outputs
    ]
    blocks = (*inputs, *made, *outputs)
    return Sketch(
        plan.name,
        blocks,
        tuple(_edges(plan, blocks)),
        sum(c.parameters for c in costs.values()),
        sum(c.multiply_adds for c in costs.values()),
    )


@dataclass(frozen=True, slots=True)
class _Cost:
    parameters: int
    multiply_adds: int
    again: bool


def _costs(plan: Plan) -> Iterator[tuple[str, _Cost]]:
    """Yield each node's parameters, at the first use of its module, and multiply-adds of one image."""
    types = plan.types()
    seen: set[str] = set()
    for node in plan.nodes:
        held = sum(math.prod(shape) for _, shape in parameters(node.op))
        macs = multiply_adds(node.op, tuple(types[i] for i in node.inputs), node.out)
        again = node.module in seen
        seen.add(node.module)
        yield node.name, _Cost(0 if again else held, evaluate(macs, {"N": 1}), again and held > 0)


def _lane(node: Node) -> tuple[str, str]:
    base, _, tag = node.name.partition("@")
    return base.split(".")[0], tag


def _reader(plan: Plan, name: str) -> tuple[str, str]:
    """Return the lane of the first node that reads an input."""
    return next((_lane(node) for node in plan.nodes if name in node.inputs), (name, ""))


def _exits_beside(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield the nodes, each map that is shown channels first right behind the one it is made of."""
    names = {node.name for node in nodes}
    exits = {n.inputs[0]: n for n in nodes if _turns_channels_first(n) and n.inputs[0] in names}
    moved = {node.name for node in exits.values()}
    for node in nodes:
        if node.name not in moved:
            yield node
        if node.name in exits:
            yield exits[node.name]


def _turns_channels_first(node: Node) -> bool:
    return isinstance(node.op, ops.Permute) and node.op.dims == (0, 3, 1, 2)


def _blocks(
    plan: Plan, lane: tuple[str, str], nodes: Sequence[Node], costs: dict[str, _Cost]
) -> Iterator[Block]:
    units = _units(nodes, whole=len(plan.nodes) > _SMALL)
    runs: list[list[tuple[str, list[Node]]]] = []
    for unit in units:
        if runs and _joined(runs[-1][-1][1], unit[1], small=len(plan.nodes) <= _SMALL):
            runs[-1].append(unit)
        else:
            runs.append([unit])
    for run in runs:
        inside = [node for _, members in run for node in members]
        vector = _is_vector(inside[-1].out)
        single = len(inside) == 1 and traits(inside[0].op).joins
        yield Block(
            key=inside[0].name,
            kind="join" if single and not vector else "chips" if vector else "maps",
            lane=lane,
            title=chip(inside[0]) if len(inside) == 1 and run[0][0][-1].isdigit() else _title(run),
            names=tuple(node.name for node in inside),
            out=inside[-1].out,
            side=next((_side(n.out) for n in reversed(inside) if len(n.out.shape) == 4), 1.0),
            chips=tuple(map(chip, inside)) if vector or single else (),
            convolutions=sum(node.op.op.startswith("conv") for node in inside),
            parameters=sum(costs[node.name].parameters for node in inside),
            multiply_adds=sum(costs[node.name].multiply_adds for node in inside),
            shared=any(costs[node.name].again for node in inside),
        )


def _units(nodes: Sequence[Node], *, whole: bool) -> list[tuple[str, list[Node]]]:
    """Return runs of nodes under the outermost container that works at no more than two sizes."""
    sizes: dict[str, set[float]] = {}
    for node in nodes:
        for path in _containers(node.name):
            if len(node.out.shape) == 4 and not _is_vector(node.out):
                sizes.setdefault(path, set()).add(_side(node.out))
    found: list[tuple[str, list[Node]]] = []
    for node in nodes:
        name = node.name.partition("@")[0]
        fits = (p for p in _containers(name)[1:] if whole and _steps(sizes.get(p, set())) <= 2)
        path = next(fits, name)
        if found and found[-1][0] == path:
            found[-1][1].append(node)
        else:
            found.append((path, [node]))
    return found


def _containers(name: str) -> list[str]:
    segments = name.partition("@")[0].split(".")
    return [".".join(segments[:end]) for end in range(1, len(segments))]


def _steps(sides: set[float]) -> int:
    """Return the number of sizes that differ by more than the pixel that an odd size leaves over."""
    ordered = sorted(sides)
    return sum(i == 0 or side > ordered[i - 1] + 1 for i, side in enumerate(ordered))


def _joined(before: list[Node], after: list[Node], *, small: bool) -> bool:
    """Return whether two neighbors are one block."""
    one, other = before[-1].out, after[-1].out
    if _is_vector(one) or _is_vector(other):
        return _is_vector(one) and _is_vector(other)
    if not small and len(other.shape) != 4:
        return True  # a map as tokens
    if not small and isinstance(after[-1].op, ops.Permute):
        return True  # the same map with its channels elsewhere
    single = traits(after[0].op).joins and len(after) == 1 and "." not in after[0].name
    return not small and not single and abs(_side(one) - _side(other)) <= 1


def _is_vector(out: TensorType) -> bool:
    return len(out.shape) <= 2 or out.shape[2:] == (1, 1)


def _side(out: TensorType) -> float:
    return float(evaluate(out.shape[2], {})) if len(out.shape) == 4 else 1.0


def _title(run: Sequence[tuple[str, list[Node]]]) -> str:
    """Return the units' names without the lane's: those that do the work, a range where they are numbered."""
    heavy = [unit for unit in run if _works(unit)] or list(run)
    names = [_short(path) for path, _ in heavy]
    if len(names) == 1:
        return names[0]
    stems = {re.sub(r"\d+$", "", name) for name in names}
    if len(stems) == 1 and (stem := stems.pop()) and all(name[len(stem) :].isdigit() for name in names):
        return f"{names[0]} to {names[-1][len(stem) :]}"
    whole = ", ".join(names)
    return whole if len(names) <= 3 and len(whole) <= 26 else f"{names[0]} to {names[-1]}"


def _short(path: str) -> str:
    """Return the end of a path that says which part it is: `layer1`, `blocks.0`."""
    *front, last = path.split(".")
    return f"{front[-1]}.{last}" if last.isdigit() and front else last


def _works(unit: tuple[str, list[Node]]) -> bool:
    """Return whether a unit is more than a norm or an activation."""
    _, nodes = unit
    return (
        len(nodes) > 1
        or "pool" in nodes[0].op.op
        or (bool(parameters(nodes[0].op)) and "norm" not in nodes[0].op.op)
    )


_SHORT = {
    "adaptive_avg_pool": "average_pool",
    "adaptive_concat_pool": "concat_pool",
    "global_avg_pool": "average_pool",
}
"""Words for ops, their dimensions left out, that would be longer, or run together."""


def chip(node: Node) -> str:
    """Return a layer in a word or two."""
    op = node.op
    if isinstance(op, ops.Linear):
        return f"linear {op.out_features}"
    if isinstance(op, ops.Conv2d | ops.ConvTranspose2d):
        return f"conv {op.out_channels}"
    if isinstance(op, ops.Dropout):
        return f"dropout {op.p:g}"
    plain = re.sub(r"(?<=[a-z])\dd$", "", op.op)
    return _SHORT.get(plain, plain).replace("_", " ")


def _edges(plan: Plan, blocks: Sequence[Block]) -> Iterator[Edge]:
    """Yield one edge for each value that crosses from block to block."""
    home = {name: block for block in blocks for name in block.names}
    types = plan.types()
    types |= {node.inputs[0]: node.out for node in plan.nodes if _turns_channels_first(node)}
    seen: set[tuple[str, str, str]] = set()
    for node in plan.nodes:
        for name in node.inputs:
            source, target = home[name].key, home[node.name].key
            if source != target and (source, target, name) not in seen:
                seen.add((source, target, name))
                yield Edge(source, target, types[name])
    for output in plan.outputs:
        yield Edge(home[output.value].key, f"output {output.name}", types[output.value])


def shape_text(out: TensorType) -> str:
    """Return a shape without the batch: channels, then height and width."""
    return " × ".join(str(dim) for dim in out.shape[1:]) or "1"


def count_text(number: int) -> str:
    """Return a count in three digits or so: 950, 1.2 k, 21.8 M, 3.7 G."""
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= size:
            return f"{number / size:.{1 if number < 100 * size else 0}f} {unit}"
    return str(number)
