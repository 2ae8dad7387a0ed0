"""The layer table: what a model is made of, folded to a size that one can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archc.catalog.costs import multiply_adds, parameters
from archc.catalog.dims import evaluate
from archc.catalog.graph import Node
from archc.catalog.tensors import TensorType
from archc.plan.plan import Plan

_BYTES = {"float32": 4, "int64": 8, "uint8": 1}


@dataclass(frozen=True, slots=True)
class Row:
    """One layer, or one block of layers folded into its path.

    `parameters` counts weights once, at their first use; `multiply_adds` are those of one image.
    """

    path: str
    op: str
    out: TensorType
    parameters: int
    multiply_adds: int
    group: str


@dataclass(frozen=True, slots=True)
class Totals:
    """The model as a whole; activations in bytes of float32 for a batch.

    `kept` is what training keeps for the backward pass when every layer keeps its output; `peak` is the most
    that is alive at once when the model only answers.
    """

    parameters: int
    buffers: int
    multiply_adds: int
    kept: int
    peak: int


def rows(plan: Plan, groups: Mapping[str, str], *, full: bool = False) -> tuple[Row, ...]:
    """The table's rows in execution order; `groups` names the group of each parameter."""
    costed = tuple(_costed(plan))
    leaves = [(node, p, m, _group(node, groups)) for node, p, m in costed]
    if full:
        return tuple(Row(n.name, n.op.op, n.out, p, m, g) for n, p, m, g in leaves)
    folds = _folds(plan)
    found: list[Row] = []
    for node, params, macs, group in leaves:
        path = folds[node.name]
        if found and found[-1].path == path and path != node.name:
            found[-1] = _merged(found[-1], node, params, macs, group)
        else:
            found.append(Row(path, node.op.op if path == node.name else "", node.out, params, macs, group))
    return tuple(_named(row, plan) for row in found)


def totals(plan: Plan, batch: int) -> Totals:
    """The sums over the plan."""
    from archc.plan.parameters import named_buffers, named_parameters

    costed = tuple(_costed(plan))
    return Totals(
        parameters=sum(t.size for t in named_parameters(plan)),
        buffers=sum(t.size for t in named_buffers(plan)),
        multiply_adds=sum(m for _, _, m in costed),
        kept=sum(_bytes(n.out, batch) for n in plan.nodes),
        peak=_peak(plan, batch),
    )


def _costed(plan: Plan) -> Iterator[tuple[Node, int, int]]:
    types = plan.types()
    seen: set[str] = set()
    for node in plan.nodes:
        count = 0
        if node.module not in seen:
            seen.add(node.module)
            for _, shape in parameters(node.op):
                size = 1
                for dim in shape:
                    size *= dim
                count += size
        macs = multiply_adds(node.op, tuple(types[i] for i in node.inputs), node.out)
        yield node, count, evaluate(macs, {"N": 1})


def _group(node: Node, groups: Mapping[str, str]) -> str:
    for name, _ in parameters(node.op):
        return groups.get(f"{node.module}.{name}" if name else node.module, "")
    return ""


def _folds(plan: Plan) -> dict[str, str]:
    """For each node the path of the row it is shown in."""
    sizes: dict[str, set[object]] = {}
    for node in plan.nodes:
        for path in _containers(node.name):
            sizes.setdefault(path, set()).add(node.out.shape[2:])
    return {node.name: _fold(node.name, sizes) for node in plan.nodes}


_STEPS = ("decoder.blocks", "decoder.stages")
"""Steps up that are shown one by one, however few they are."""


def _fold(name: str, sizes: Mapping[str, set[object]]) -> str:
    """The outermost container below the top that spans at most two sizes of map; else the node itself."""
    for path in _containers(name)[1:]:
        if path not in _STEPS and _resolutions(sizes[path]) <= 2:
            return path
    return name


def _resolutions(sizes: set[object]) -> int:
    """The number of sizes that differ by more than the pixel that an odd size leaves over."""
    sides = sorted(s[0] for s in sizes if isinstance(s, tuple) and len(s) == 2 and s != (1, 1))
    return sum(i == 0 or side > sides[i - 1] + 1 for i, side in enumerate(sides))


def _containers(name: str) -> tuple[str, ...]:
    """The modules around a node, outermost first."""
    segments = name.split(".")
    return tuple(".".join(segments[:i]) for i in range(1, len(segments)))


def _merged(row: Row, node: Node, params: int, macs: int, group: str) -> Row:
    return Row(row.path, "", node.out, row.parameters + params, row.multiply_adds + macs, row.group or group)


def _named(row: Row, plan: Plan) -> Row:
    if row.op:
        return row
    inside = [n.op.op for n in plan.nodes if n.name.startswith(f"{row.path}.")]
    convs = sum(op.startswith("conv") for op in inside)
    word = f"{len(inside)} layers, {convs} conv" if convs else f"{len(inside)} layers"
    return Row(row.path, word, row.out, row.parameters, row.multiply_adds, row.group)


def _bytes(type: TensorType, batch: int) -> int:
    size = _BYTES[type.dtype]
    for dim in type.shape:
        size *= evaluate(dim, {"N": batch})
    return size


def _peak(plan: Plan, batch: int) -> int:
    types = plan.types()
    last = _last_uses(plan)
    alive: dict[str, int] = {i.name: _bytes(i.type, batch) for i in plan.inputs}
    most = sum(alive.values())
    for index, node in enumerate(plan.nodes):
        alive[node.name] = _bytes(types[node.name], batch)
        most = max(most, sum(alive.values()))
        for name in [n for n in alive if last.get(n, -1) <= index]:
            del alive[name]
    return most


def _last_uses(plan: Plan) -> dict[str, int]:
    last = {name: i for i, node in enumerate(plan.nodes) for name in (*node.inputs, node.name)}
    return last | {value: len(plan.nodes) for _, value in plan.outputs}
