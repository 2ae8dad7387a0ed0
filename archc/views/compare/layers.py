"""The layers of two plans side by side, aligned by their paths and folded into the blocks they belong to."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import Any, Literal

from archc.ops.node import Node
from archc.plan.plan import Plan
from archc.views.table import rows
from archc.views.text import arguments

Change = Literal["same", "added", "removed", "changed", "resized", "mixed"]
"""The change of a layer; "resized" is the same on maps of another size. A block with several is "mixed"."""

_MOST = 8
"""Rows of one block that are shown one by one."""
_FEW = 4
"""Layers in a row, all added or all removed, that are shown one by one."""


@dataclass(frozen=True, slots=True)
class Side:
    """Some layers of one plan: how many, what the last one answers with, and what they cost an image."""

    layers: int
    op: str
    shape: str
    parameters: int
    multiply_adds: int


@dataclass(frozen=True, slots=True)
class LayerChange:
    """A layer or a block; `last` is the path that a run of unchanged ones reaches to.

    `details` say what differs in a changed layer, or how many layers of a mixed block became what.
    """

    path: str
    last: str
    change: Change
    before: Side | None
    after: Side | None
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Layer:
    node: Node
    parameters: int
    multiply_adds: int


@dataclass(frozen=True, slots=True)
class _Pair:
    """One path in both plans."""

    path: str
    change: Change
    before: _Layer | None
    after: _Layer | None


def layer_changes(before: Plan, after: Plan, *, full: bool = False) -> tuple[LayerChange, ...]:
    """Return all layers of both, in the order of execution; runs of unchanged ones are one row each."""
    inputs = {i.name for i in before.inputs} & {i.name for i in after.inputs}
    pairs = _pairs(_layers(before), _layers(after), inputs)
    found = [_one(pair) for pair in pairs] if full else list(_folded(pairs, 0))
    return tuple(_joined(found))


def _layers(plan: Plan) -> dict[str, _Layer]:
    """Return the layers by their paths; of one that is applied to several inputs, the first application."""
    table = rows(plan, {}, full=True)
    found: dict[str, _Layer] = {}
    for node, row in zip(plan.nodes, table, strict=True):
        path = _base(node.name)
        known = found.get(path)
        work = row.multiply_adds + (known.multiply_adds if known else 0)
        found[path] = _Layer(known.node if known else node, row.parameters or _held(known), work)
    return found


def _held(known: _Layer | None) -> int:
    return known.parameters if known else 0


def _base(name: str) -> str:
    """Return a node's name without the input that it is applied to."""
    return name.split("@")[0]


def _pairs(before: dict[str, _Layer], after: dict[str, _Layer], inputs: Set[str]) -> list[_Pair]:
    paths = _merged(list(before), list(after))
    both = before.keys() & after.keys() | inputs
    return [_Pair(p, _change(before.get(p), after.get(p), both), before.get(p), after.get(p)) for p in paths]


def _merged(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Return the paths in the second's order.

    Between two that both have, what goes stands before what comes, each top-level part by itself.
    """
    kept, known = set(after), {path: index for index, path in enumerate(before)}
    gone = deque(path for path in before if path not in kept)
    merged: list[str] = []
    come: list[str] = []
    for path in after:
        if path not in known:
            come.append(path)
            continue
        leave = []
        while gone and known[gone[0]] < known[path]:
            leave.append(gone.popleft())
        merged += [*_by_part([*leave, *come]), path]
        come = []
    return merged + _by_part([*gone, *come])


def _by_part(paths: list[str]) -> list[str]:
    parts = {part: index for index, part in enumerate(dict.fromkeys(p.split(".")[0] for p in paths))}
    return sorted(paths, key=lambda path: parts[path.split(".")[0]])


def _change(before: _Layer | None, after: _Layer | None, both: Set[str]) -> Change:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    if before.node.op != after.node.op or _rewired(before.node, after.node, both):
        return "changed"
    return "same" if before.node.out == after.node.out else "resized"


def _rewired(before: Node, after: Node, both: Set[str]) -> bool:
    """Return whether a layer reads something else though it need not.

    What it read is still there, and what it reads was there. Next to layers that come and go that is no
    change of its own.
    """
    old, new = _reads(before), _reads(after)
    return len(old) != len(new) or any(a != b and {a, b} <= both for a, b in zip(old, new, strict=True))


def _reads(node: Node) -> tuple[str, ...]:
    return tuple(_base(name) for name in node.inputs)


def _folded(pairs: Sequence[_Pair], depth: int) -> Iterator[LayerChange]:
    groups = [list(members) for _, members in groupby(pairs, key=lambda pair: _container(pair, depth))]
    times = Counter(_container(group[0], depth) for group in groups)
    for group in groups:
        prefix = _container(group[0], depth)
        changes = {pair.change for pair in group}
        if len(group) == 1:
            yield _one(group[0])
        elif len(changes) == 1 and "changed" not in changes:
            yield _block(prefix, group, whole=times[prefix] == 1)
        else:
            inner = list(_joined(_folded(group, depth + 1)))
            yield from inner if len(inner) <= _MOST else [_block(prefix, group, whole=times[prefix] == 1)]


def _container(pair: _Pair, depth: int) -> str:
    return ".".join(pair.path.split(".")[: depth + 1])


def _one(pair: _Pair) -> LayerChange:
    details: tuple[str, ...] = ()
    if pair.before and pair.after and pair.change == "changed":
        details = tuple(_details(pair.before.node, pair.after.node))
    before, after = _side([pair.before]), _side([pair.after])
    return LayerChange(pair.path, pair.path, pair.change, before, after, details)


def _block(container: str, group: Sequence[_Pair], *, whole: bool) -> LayerChange:
    """Return one row for many layers: the container's where it holds them all."""
    path, last = (container, container) if whole else _extent(group)
    counts = Counter(pair.change for pair in group)
    before, after = _side([p.before for p in group]), _side([p.after for p in group])
    if len(counts) == 1:
        return LayerChange(path, last, group[0].change, before, after)
    told = tuple(f"{counts[c]} {c}" for c in ("added", "removed", "changed", "resized", "same") if counts[c])
    return LayerChange(path, last, "mixed", before, after, told)


def _extent(group: Sequence[_Pair]) -> tuple[str, str]:
    """Return from where to where layers go that are not all of their container's.

    That is the part of it that they are, or the first and the last part that they are in.
    """
    steps = zip(*(pair.path.split(".")[:-1] for pair in group), strict=False)
    common = [each[0] for each in takewhile(lambda each: len(set(each)) == 1, steps)]
    first, last = (_container(pair, len(common)) for pair in (group[0], group[-1]))
    inner = ".".join(common)
    return (inner, inner) if len(common) > 1 else (first, last)


def _side(layers: Sequence[_Layer | None]) -> Side | None:
    held = [layer for layer in layers if layer is not None]
    if not held:
        return None
    return Side(
        layers=len(held),
        op=held[0].node.op.op if len(held) == 1 else "",
        shape="x".join(str(dim) for dim in held[-1].node.out.shape[1:]) or "1",
        parameters=sum(layer.parameters for layer in held),
        multiply_adds=sum(layer.multiply_adds for layer in held),
    )


def _details(before: Node, after: Node) -> Iterator[str]:
    """Yield what differs in two layers of one path: the op, else its arguments, and what they read."""
    if before.op.op != after.op.op:
        yield f"{before.op.op} → {after.op.op}"
    else:
        old, new = arguments(before.op), arguments(after.op)
        for key in dict.fromkeys((*old, *new)):
            if old.get(key) != new.get(key):
                yield f"{key} {_value(old, before, key)} → {_value(new, after, key)}"
    if _reads(before) != _reads(after):
        yield f"reads {', '.join(_reads(before))} → {', '.join(_reads(after))}"


def _value(written: dict[str, Any], node: Node, key: str) -> str:
    value = written.get(key, getattr(node.op, key))
    return str(list(value)) if isinstance(value, tuple) else str(value)


def _joined(found: Sequence[LayerChange] | Iterator[LayerChange]) -> Iterator[LayerChange]:
    """Yield the rows with neighbors of one fate as one: all that stay the same, and blocks of one parent."""
    for key, members in groupby(found, key=_fate):
        group = list(members)
        blocks = all(row.last != row.path or _size(row) > 1 for row in group)
        if len(group) == 1 or key is None or not (key == ("same", "") or blocks or len(group) > _FEW):
            yield from group
            continue
        before = _sum([row.before for row in group if row.before])
        after = _sum([row.after for row in group if row.after])
        yield LayerChange(group[0].path, group[-1].last, group[0].change, before, after)


def _fate(row: LayerChange) -> tuple[str, str] | None:
    """Return what neighbors must agree in to be told as one; None for a row that stands for itself."""
    if row.change == "same":
        return "same", ""
    parent = row.path.rpartition(".")[0]
    return (row.change, parent) if parent and not row.details else None


def _size(row: LayerChange) -> int:
    return max(side.layers for side in (row.before, row.after) if side)


def _sum(sides: Sequence[Side]) -> Side | None:
    if not sides:
        return None
    return Side(
        layers=sum(side.layers for side in sides),
        op="",
        shape=sides[-1].shape,
        parameters=sum(side.parameters for side in sides),
        multiply_adds=sum(side.multiply_adds for side in sides),
    )
