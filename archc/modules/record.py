"""Bodies recorded from their libraries: `python -m archc.modules.record` writes the catalog."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from torch import nn

from archc.catalog.dims import symbol
from archc.catalog.initialisers import Init
from archc.catalog.tensors import TensorType
from archc.files.atomic import write_text
from archc.modules.record_build import Built, build
from archc.modules.record_draft import DraftNode
from archc.modules.record_graph import Graph, read
from archc.modules.record_library import Source, source, torchvision_names
from archc.modules.record_opaque import opaque_units, state
from archc.modules.record_text import text_of
from archc.modules.record_units import default_cut, units
from archc.spec import layers as ops
from archc.spec.layers import Op

FORMAT = 1
SHIPPED = Path(__file__).resolve().parent.parent / "catalog" / "bodies"
"""Where the records that come with archc lie."""

_NORMS = (ops.BatchNorm1d, ops.BatchNorm2d, ops.LayerNorm, ops.LayerNorm2d, ops.GroupNorm)


def record(ref: str) -> dict[str, Any]:
    """The record of the body `ref` (`torchvision/resnet34`), ready for JSON.

    Raises:
        WorldError: the library is not installed or has no such model.
        Unrecordable: the model holds what no op describes; the message names it.
    """
    return record_source(ref, source(ref))


def record_all(refs: Iterable[str], directory: Path) -> tuple[Path, ...]:
    """The files written, one for each ref: `directory/torchvision/resnet34.json`. Faults as for `record`."""
    written = []
    for ref in refs:
        path = directory / f"{ref}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text_of(record(ref)))
        written.append(path)
    return tuple(written)


def record_source(ref: str, given: Source) -> dict[str, Any]:
    """The record of a model that `given` makes. Faults as for `record`."""
    built = build(given.make)
    head = {
        "format": FORMAT,
        "ref": ref,
        "recorded_with": dict(given.versions),
        "size": list(given.size),
        "fixed_size": given.fixed_size,
        "min_size": given.min_size,
        "children": [name for name, _ in built.model.named_children()],
    }
    inside = _opaque(built.model, given) if given.opaque_cut else _linked(built, given)
    weights = {name: dict(entry) for name, entry in given.weights.items()}
    return head | inside | {"weights": weights, "default_weights": given.default_weights}


def _linked(built: Built, given: Source) -> dict[str, Any]:
    height, width = given.size if given.fixed_size else (symbol("h"), symbol("w"))
    graph = read(built.model, TensorType((symbol("n"), 3, height, width)))
    names = {node.name: index for index, node in enumerate(graph.nodes)}
    cut = default_cut(built.model, graph)
    end = graph.exits.get(cut, names.get(cut, 0))
    tables = _Tables()
    nodes = [tables.row(node, built) for node in graph.nodes]
    return {
        "cut": cut,
        "opaque": False,
        "unused_keys": [*given.auxiliary, *_unused(built.model, graph)],
        "ops": tables.ops.rows,
        "inits": tables.inits.rows,
        "nodes": nodes,
        "exits": {path: node for path, node in graph.exits.items() if path not in names},
        "stages": [list(unit) for unit in units(built.model, graph, end)],
    }


def _opaque(model: nn.Module, given: Source) -> dict[str, Any]:
    return {
        "cut": given.opaque_cut,
        "opaque": True,
        "unused_keys": list(given.auxiliary),
        "stages": [list(unit) for unit in opaque_units(model, given.size[0])],
        "state": state(model),
    }


def _unused(model: nn.Module, graph: Graph) -> list[str]:
    """Parts with parameters or buffers that the eval-mode graph never reaches, as prefixes of their keys."""
    used = {node.module for node in graph.nodes}
    owners = dict.fromkeys(key if key in used else key.rpartition(".")[0] for key in model.state_dict())
    return [f"{owner}." for owner in owners if used.isdisjoint(_and_above(owner))]


def _and_above(path: str) -> list[str]:
    """A dotted path and the paths it lies in: an attention is one node and holds a layer of its own."""
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
        """One node of the record."""
        place = self.ops.place(node.op, lambda: {"op": node.op.op} | _differing(node.op))
        inits = {name: self._init(init) for name, init in _inits(node, built)}
        return [node.name, node.module, place, list(node.inputs), inits]

    def _init(self, init: Init) -> int:
        return self.inits.place(init, lambda: _differing(init))


def _inits(node: DraftNode, built: Built) -> Iterable[tuple[str, Init]]:
    """How the node's own parameters start, where that is not torch's default for its op."""
    if isinstance(node.op, ops.Parameter):
        return [("", built.inits[node.module])]
    prefix = f"{node.module}."
    own = ((name.removeprefix(prefix), init) for name, init in built.inits.items() if name.startswith(prefix))
    return [(name, init) for name, init in own if not _is_default(node.op, name, init)]


def _is_default(op: Op, name: str, init: Init) -> bool:
    if init.kind == "torch_default":
        return True
    return isinstance(op, _NORMS) and init == Init(kind="constant", value=float(name == "weight"))


def _differing(value: Any) -> dict[str, Any]:
    """The fields of a frozen dataclass that are not at their defaults."""
    written = ((f.name, f.default, getattr(value, f.name)) for f in fields(value))
    return {name: list(v) if isinstance(v, tuple) else v for name, default, v in written if v != default}


def main(arguments: Sequence[str] | None = None) -> None:
    """Records the refs on the command line, or all of torchvision's classifiers, into a directory."""
    parser = argparse.ArgumentParser(prog="python -m archc.modules.record", description=__doc__)
    parser.add_argument("refs", nargs="*", metavar="torchvision/NAME")
    parser.add_argument("--directory", type=Path, default=SHIPPED)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    for path in record_all(chosen.refs or torchvision_names(), chosen.directory):
        print(path)


if __name__ == "__main__":
    main()
