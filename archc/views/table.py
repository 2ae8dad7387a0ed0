"""The layer table: what a model is made of, folded to a size that one can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import groupby

from archc.ops.facts import parameters
from archc.ops.node import Node
from archc.ops.tensors import TensorType
from archc.plan.plan import Plan
from archc.plan.totals import costed
from archc.spec.frozen import Frozen, frozen


@frozen
class Row(Frozen):
    """One layer, or one block of layers folded into its path.

    `parameters` counts weights once, at their first use; `multiply_adds` are those of one image.
    """

    path: str
    op: str
    out: TensorType
    parameters: int
    multiply_adds: int
    group: str


def rows(plan: Plan, groups: Mapping[str, str], *, full: bool = False) -> tuple[Row, ...]:
    """Return the table's rows in execution order; `groups` names the group of each parameter."""
    leaves = [_Leaf(node, held, work, _group(node, groups)) for node, held, work in costed(plan)]
    folds = {node.name: node.name for node in plan.nodes} if full else _folds(plan)
    shown = groupby(leaves, key=lambda leaf: folds[leaf.node.name])
    return tuple(_row(path, tuple(members)) for path, members in shown)


@frozen
class _Leaf(Frozen):
    """A node with what it costs, and the group of its parameters."""

    node: Node
    parameters: int
    multiply_adds: int
    group: str


def _row(path: str, leaves: Sequence[_Leaf]) -> Row:
    return Row(
        path=path,
        op=_said([leaf.node.op.op for leaf in leaves]),
        out=leaves[-1].node.out,
        parameters=sum(leaf.parameters for leaf in leaves),
        multiply_adds=sum(leaf.multiply_adds for leaf in leaves),
        group=next((leaf.group for leaf in leaves if leaf.group), ""),
    )


def _said(ops: Sequence[str]) -> str:
    """Return the op; of several, how many they are, and how many of them convolve."""
    if len(ops) == 1:
        return ops[0]
    convs = sum(op.startswith("conv") for op in ops)
    return f"{len(ops)} layers, {convs} conv" if convs else f"{len(ops)} layers"


def _group(node: Node, groups: Mapping[str, str]) -> str:
    for name, _ in parameters(node.op):
        return groups.get(f"{node.module}.{name}" if name else node.module, "")
    return ""


def _folds(plan: Plan) -> dict[str, str]:
    """Return for each node the path of the row it is shown in."""
    sizes: dict[str, set[object]] = {}
    for node in plan.nodes:
        for path in _containers(node.name):
            sizes.setdefault(path, set()).add(node.out.shape[2:])
    steps = _steps(plan)
    return {node.name: _fold(node.name, sizes, steps) for node in plan.nodes}


def _fold(name: str, sizes: Mapping[str, set[object]], steps: Set[str]) -> str:
    """Return the outermost container below the top with at most two sizes of map; else the node itself."""
    for path in _containers(name)[1:]:
        if path not in steps and _resolutions(sizes[path]) <= 2:
            _, *again = name.split("@")  # a further use of the same weights has rows of its own
            return "@".join((path, *again))
    return name


def _steps(plan: Plan) -> set[str]:
    """Return containers whose numbered children each enlarge their map: those are shown one by one."""
    types = plan.types()
    sides: dict[str, tuple[object, object]] = {}  # of each numbered child: the map it reads, the map it makes
    for node in plan.nodes:
        for path in _containers(node.name):
            if path.rpartition(".")[2].isdigit() and node.inputs:
                read, _ = sides.get(path, (types[node.inputs[0]].shape[2:], None))
                sides[path] = (read, node.out.shape[2:])
    children: dict[str, list[bool]] = {}
    for path, (read, made) in sides.items():
        children.setdefault(path.rpartition(".")[0], []).append(_larger(made, read))
    return {path for path, enlarged in children.items() if all(enlarged)}


def _larger(made: object, read: object) -> bool:
    """Return whether a map is higher than another; what is no map of known size is not."""
    sides = [size[0] for size in (made, read) if isinstance(size, tuple) and len(size) == 2]
    return len(sides) == 2 and all(isinstance(side, int) for side in sides) and sides[0] > sides[1]


def _resolutions(sizes: set[object]) -> int:
    """Return the number of sizes that differ by more than the pixel that an odd size leaves over."""
    sides = sorted(s[0] for s in sizes if isinstance(s, tuple) and len(s) == 2 and s != (1, 1))
    return sum(i == 0 or side > sides[i - 1] + 1 for i, side in enumerate(sides))


def _containers(name: str) -> tuple[str, ...]:
    """Return the modules around a node, outermost first."""
    segments = name.split(".")
    return tuple(".".join(segments[:i]) for i in range(1, len(segments)))
