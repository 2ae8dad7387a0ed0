"""The parts of a model that places of its spec became: nodes in the plan, their shape and what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from archc.lsp.analysis import Analysis
from archc.ops.node import Node
from archc.ops.tensors import TensorType
from archc.plan.lower.spec_parts import bodies
from archc.plan.plan import BodyUse, Plan
from archc.source.text.spans import Path
from archc.spec.document import Spec
from archc.spec.layers import LibraryPart, Repeat
from archc.spec.model import Body, Graph
from archc.views.table import rows


@dataclass(frozen=True, slots=True)
class Placed:
    """A node and the place of the spec it is shown at; parameters are counted where they are first used."""

    node: Node
    place: Path
    parameters: int
    multiply_adds: int


@dataclass(frozen=True, slots=True)
class Part:
    """A place of the spec as a part of the model; `multiply_adds` of one example, over all its uses.

    One that is not `counted` holds a library's own modules, whose multiply-adds are not known.
    """

    nodes: int
    uses: int
    reads: tuple[TensorType, ...]
    out: TensorType
    parameters: int
    multiply_adds: int
    counted: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    """Indices of a plan.

    Its nodes by every place of the spec that they lie within, and by top-level module and use; the types of
    its values; the nodes of a graph by name.
    """

    at: dict[Path, list[Placed]]
    uses: dict[tuple[str, str], list[Placed]]
    types: dict[str, TensorType]
    graph: dict[str, int]


def part_at(analysis: Analysis, path: Path) -> Part | None:
    """Return what the table at `path` became; None where the spec has no plan or nothing came of it."""
    if analysis.spec is None or analysis.plan is None:
        return None
    index = _index(analysis)
    if path[:2] == ("model", "nodes") and path[3:] == ("decoder",):
        path = path[:3]  # its last layer stands for the node's classes
    used = _used_by(analysis.spec, index, path)
    found = index.uses.get(used, []) if used else index.at.get(path, [])
    if not found:
        return None
    inside = {each.node.name for each in found}
    reads = dict.fromkeys(i for each in found for i in each.node.inputs if i not in inside)
    return Part(
        len(found),
        len({_suffix(each.node) for each in found}),
        tuple(index.types[name] for name in reads),
        _body_value(analysis, path, used) or found[-1].node.out,
        sum(each.parameters for each in found),
        sum(each.multiply_adds for each in found),
        not any(isinstance(each.node.op, LibraryPart) for each in found),
    )


def value_type(analysis: Analysis, name: str) -> TensorType | None:
    """Return the type of what a graph calls `name`: an input, a node, or a part inside one."""
    if analysis.plan is None or analysis.spec is None or not isinstance(analysis.spec.model, Graph):
        return None
    index = _index(analysis)
    owner, _, inside = name.partition(".")
    number = index.graph.get(owner)
    if number is None:
        return index.types.get(name)
    if not inside:
        part = part_at(analysis, ("model", "nodes", number))
        return part.out if part else None
    module = analysis.spec.model.nodes[number].use
    if module is None:
        return index.types.get(name)
    suffix = f"@{owner}" if (module, owner) in index.uses else ""
    found = _inner_type(analysis, module, inside, suffix)
    return found or index.types.get(f"{module}.{inside}{suffix}")


@lru_cache(maxsize=6)
def _index(analysis: Analysis) -> _Index:
    assert analysis.spec is not None
    assert analysis.plan is not None
    model = analysis.spec.model
    graph = {node.name: i for i, node in enumerate(model.nodes)} if isinstance(model, Graph) else {}
    index = _Index({}, {}, analysis.plan.types(), graph)
    for each in _placed(analysis.spec, analysis.plan):
        for length in range(len(each.place) + 1):
            index.at.setdefault(each.place[:length], []).append(each)
        top = each.node.name.split("@")[0].partition(".")[0]
        index.uses.setdefault((top, _suffix(each.node)), []).append(each)
    return index


def _placed(spec: Spec, plan: Plan) -> Iterator[Placed]:
    written = {
        (at[2] if len(at) > 3 else "body"): (at, body) for at, body in bodies(spec.model) if body.stages
    }
    for node, row in zip(plan.nodes, rows(plan, {}, full=True), strict=True):
        yield Placed(node, _place(node, written), row.parameters, row.multiply_adds)


def _place(node: Node, written: dict[str | int, tuple[Path, Body]]) -> Path:
    """Return where a node is shown: at its origin, but for two cases.

    A layer of a written body is shown at that layer. All of a decoder or a head is shown there, though some
    of it stands for other keys of the model.
    """
    segments = node.name.split("@")[0].split(".")
    if segments[0] in written:
        at, body = written[segments[0]]
        if node.origin[: len(at)] == at:
            return (*at, *_stage_path(body, segments[1:]))
    if segments[0] in ("decoder", "head") and node.origin[:2] != ("model", segments[0]):
        return ("model", segments[0]) if node.origin[:2] != ("model", "nodes") else node.origin
    return node.origin


def _stage_path(body: Body, segments: list[str]) -> Path:
    """Return the path of a layer below a written body: `stages`, an index, `layers`, and so on inwards."""
    for index, stage in enumerate(body.stages or ()):
        if stage.name == segments[0] and len(segments) > 1:
            layers, rest = stage.layers, segments[1:]
            path: Path = ("stages", index, "layers")
            while rest and rest[0].isdecimal() and int(rest[0]) < len(layers):
                layer = layers[int(rest[0])]
                path, rest = (*path, int(rest[0])), rest[1:]
                field = "layers" if isinstance(layer, Repeat) else rest[0] if rest else ""
                if field not in ("layers", "shortcut"):
                    break
                layers, rest = getattr(layer, field, None) or (), rest[1:]
                if rest and rest[0].isdecimal() and int(rest[0]) < len(layers):
                    path = (*path, field)
            return path
    return ()


def _used_by(spec: Spec, index: _Index, path: Path) -> tuple[str, str] | None:
    """Return module and suffix of the nodes of a graph's node that uses a module."""
    if path[:2] != ("model", "nodes") or len(path) != 3 or not isinstance(spec.model, Graph):
        return None
    node = spec.model.nodes[int(path[2])]
    if node.use is None:
        return None
    return node.use, node.name if (node.use, node.name) in index.uses else ""


def _suffix(node: Node) -> str:
    return node.name.partition("@")[2]


def _body_value(analysis: Analysis, path: Path, used: tuple[str, str] | None) -> TensorType | None:
    """Return the type at a body's cut, where the path is a body's or that of a node that uses one."""
    prefix = used[0] if used else "body" if path == ("model", "body") else ""
    if not prefix and path[:2] == ("model", "modules") and len(path) in (3, 4):
        prefix = str(path[2])
    use = _body(analysis, prefix)
    return _inner_type(analysis, prefix, use.cut, f"@{used[1]}" if used and used[1] else "") if use else None


def _body(analysis: Analysis, prefix: str) -> BodyUse | None:
    uses = analysis.plan.bodies if analysis.plan else ()
    return next((use for use in uses if use.prefix == prefix), None)


def _inner_type(analysis: Analysis, prefix: str, name: str, suffix: str) -> TensorType | None:
    """Return the type of a value inside a body by the name that cuts and skips call it."""
    use = _body(analysis, prefix)
    if use is None or use.record is None:
        return None
    types = _index(analysis).types
    index = use.record.exits.get(name)
    return types.get(f"{prefix}.{use.record.nodes[index].name}{suffix}") if index is not None else None


def skip_type(analysis: Analysis, body: Path, name: str) -> TensorType | None:
    """Return the type of a map inside the body at `body` that a cut or a skip names."""
    prefix = "body" if body == ("model", "body") else str(body[2]) if len(body) == 4 else ""
    return _inner_type(analysis, prefix, name, "")
