"""Bodies recorded from their libraries: `python -m archc.record.write` writes the catalog."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from torch import nn

from archc.bodies.reading import read_record
from archc.files.atomic import write_text
from archc.ops.dims import evaluate, symbol
from archc.ops.facts import start, traits
from archc.ops.initializers import Init
from archc.ops.tensors import TensorType
from archc.record.build import Built, build
from archc.record.draft import DraftNode
from archc.record.faults import Unrecordable
from archc.record.graph import Graph, read
from archc.record.library import source, torchvision_names
from archc.record.maps import channels_first
from archc.record.parts import measured, read_in_parts
from archc.record.proof import prove
from archc.record.source import Source
from archc.record.text import text_of
from archc.record.units import default_cut, units
from archc.record.whole import read_whole
from archc.spec import layers as ops
from archc.spec.layers import Op

FORMAT = 1
SHIPPED = Path(__file__).resolve().parent.parent / "bodies" / "data"
"""Where the records that come with archc lie."""


def record(ref: str) -> dict[str, Any]:
    """Return the record of the body `ref` (`torchvision/resnet34`), ready for JSON.

    Raises:
        WorldError: the library is not installed or has no such model.
        Unrecordable: the model holds what no op describes; the message names it.
    """
    return record_source(ref, source(ref))


def record_all(refs: Iterable[str], directory: Path) -> tuple[Path, ...]:
    """Record each ref in a file `directory/torchvision/resnet34.json`; return the files."""
    written = []
    for ref in refs:
        path = directory / f"{ref}.json"
        given = source(ref)
        text = text_of(record_source(ref, given))
        if given.in_parts:
            prove(read_record(text, str(path), trusted=False), given.make)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
        written.append(path)
    return tuple(written)


def record_source(ref: str, given: Source) -> dict[str, Any]:
    """Return the record of a model that `given` makes. Faults as for `record`."""
    built = build(given.make, lenient=given.in_parts)
    head = {
        "format": FORMAT,
        "ref": ref,
        "recorded_with": dict(given.versions),
        "size": list(given.size),
        "fixed_size": given.fixed_size,
        "min_size": given.min_size,
        "children": [name for name, _ in built.model.named_children()],
    }
    inside = _in_parts(ref, built, given) if given.in_parts else _linked(built, given)
    weights = {name: dict(entry) for name, entry in given.weights.items()}
    return head | inside | {"weights": weights, "default_weights": given.default_weights}


def _linked(built: Built, given: Source) -> dict[str, Any]:
    graph = read(built.model, _image(given.size, fixed=given.fixed_size))
    return _graph(built, given, graph, default_cut(built.model, graph))


def _in_parts(ref: str, built: Built, given: Source) -> dict[str, Any]:
    """Return a model linked where it can be; where its own `forward` has no ops, one part."""
    seen = measured(build(given.make, lenient=True).model, ref, given.size)
    image = _image(given.size, fixed=not seen.free)
    apart = {name.rpartition(".")[0] for name in built.unknown}
    try:
        if "" in apart:
            raise Unrecordable(f"the model's own parameters start in a way that has no initializer: {apart}")
        graph, parts = read_in_parts(built.model, image, seen, apart)
        cut = default_cut(built.model, graph)
        record = _graph(built, given, graph, cut)
    except Unrecordable:
        if given.headless is None:
            raise
        return _in_one(ref, built, given, given.headless)
    smallest = max(_smallest(graph, seen.free), seen.smallest if parts else 1)
    return {"fixed_size": not seen.free, "min_size": smallest} | record


def _in_one(ref: str, built: Built, given: Source, make_headless: Callable[[], nn.Module]) -> dict[str, Any]:
    headless = build(make_headless, lenient=True).model
    whole = read_whole(headless, ref, given.size, _image(given.size, fixed=False))
    kept = set(headless.state_dict())
    owners = dict.fromkeys(key.rpartition(".")[0] for key in built.model.state_dict() if key not in kept)
    record = _graph(Built(headless, {}), given, whole.graph, whole.node)
    return record | {
        "fixed_size": not whole.free,
        "min_size": whole.smallest,
        "children": [whole.node],
        "unused_keys": [f"{owner}." for owner in owners if owner],
    }


def _image(size: tuple[int, int], *, fixed: bool) -> TensorType:
    height, width = size if fixed else (symbol("h"), symbol("w"))
    return TensorType((symbol("n"), 3, height, width))


def _smallest(graph: Graph, free: bool) -> int:
    """Return the smallest square image that every node takes."""
    image = graph.image.shape
    if not free:
        return evaluate(image[2], {})
    sides: list[int] = [*range(1, 64), *range(64, 513, 16)]
    for side in sides:
        sizes = {"n": 1, "h": side, "w": side}
        if all(evaluate(dim, sizes) > 0 for type in graph.types for dim in type.shape):
            return side
    return 512


def _graph(built: Built, given: Source, graph: Graph, cut: str) -> dict[str, Any]:
    """Return what a record says of a graph that is cut at `cut` by default."""
    end = graph.exits.get(cut, next((i for i, node in enumerate(graph.nodes) if node.name == cut), 0))
    unused = _unused(built.model, graph)
    graph, shown = channels_first(graph)
    names = {node.name: index for index, node in enumerate(graph.nodes)}
    tables = _Tables()
    nodes = [tables.row(node, built) for node in graph.nodes]
    stages = units(built.model, graph, end, shown)
    parts = [node for node in graph.nodes if isinstance(node.op, ops.LibraryPart)]
    return {
        "cut": cut,
        "unused_keys": [*given.auxiliary, *unused],
        "ops": tables.ops.rows,
        "inits": tables.inits.rows,
        "nodes": nodes,
        "exits": {path: node for path, node in graph.exits.items() if path not in names},
        "stages": [list(unit) for unit in stages],
    } | ({"state": [row for part in parts for row in _saved(part)]} if parts else {})


def _saved(part: DraftNode) -> Iterable[list[Any]]:
    """Return a row for each tensor that a library's part saves, by its name in the whole model."""
    assert isinstance(part.op, ops.LibraryPart)
    prefix = f"{part.module}." if part.module else ""
    for name, shape, learned in part.op.state:
        yield [f"{prefix}{name}", list(shape), *(() if learned else ("buffer",))]


def _unused(model: nn.Module, graph: Graph) -> list[str]:
    """Return parts with tensors that the eval-mode graph never reaches, as prefixes of their keys."""
    used = {node.module for node in graph.nodes}
    owners = dict.fromkeys(key if key in used else key.rpartition(".")[0] for key in model.state_dict())
    return [f"{owner}." for owner in owners if used.isdisjoint(_and_above(owner))]


def _and_above(path: str) -> list[str]:
    """Return a dotted path and those it lies in: an attention is one node and holds a layer of its own."""
    parts = path.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


@dataclass(slots=True)
class _Table:
    """Distinct rows in the order in which they first appear."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    _places: dict[Any, int] = field(default_factory=dict)

    def place(self, key: Any, row: Callable[[], dict[str, Any]]) -> int:
        if key not in self._places:
            self._places[key] = len(self.rows)
            self.rows.append(row())
        return self._places[key]


@dataclass(slots=True)
class _Tables:
    ops: _Table = field(default_factory=_Table)
    inits: _Table = field(default_factory=_Table)

    def row(self, node: DraftNode, built: Built) -> list[Any]:
        """Return one node of the record."""
        place = self.ops.place(node.op, lambda: {"op": node.op.op} | _differing(node.op))
        inits = {name: self._init(init) for name, init in _inits(node, built)}
        return [node.name, node.module, place, list(node.inputs), inits]

    def _init(self, init: Init) -> int:
        return self.inits.place(init, lambda: _differing(init))


def _inits(node: DraftNode, built: Built) -> Iterable[tuple[str, Init]]:
    """Return how the node's own parameters start, where that is not torch's default for its op."""
    if isinstance(node.op, ops.LibraryPart):
        return []
    if isinstance(node.op, ops.Parameter):
        return [("", built.inits[node.module])]
    prefix = f"{node.module}."
    own = ((name.removeprefix(prefix), init) for name, init in built.inits.items() if name.startswith(prefix))
    return [(name, init) for name, init in own if not _is_default(node.op, name, init)]


def _is_default(op: Op, name: str, init: Init) -> bool:
    return init.kind == "torch_default" or (traits(op).norm is not None and init == start(op, name))


def _differing(value: Any) -> dict[str, Any]:
    """Return the fields of a frozen dataclass that are not at their defaults."""
    written = ((f.name, f.default, getattr(value, f.name)) for f in fields(value))
    return {
        name: list(v) if isinstance(v, tuple) else v
        for name, default, v in written
        if v != default and name != "state"  # of a library's part: the record has it in one table
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Record the refs on the command line, or all classifiers of torchvision, into a directory."""
    parser = argparse.ArgumentParser(prog="python -m archc.record.write", description=__doc__)
    parser.add_argument("refs", nargs="*", metavar="torchvision/NAME")
    parser.add_argument("--directory", type=Path, default=SHIPPED)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    for path in record_all(chosen.refs or torchvision_names(), chosen.directory):
        print(path)


if __name__ == "__main__":
    main()
