"""The text of a record's file to a `BodyRecord`.

Records of a project are a stranger's data: every value is checked before it is used. Those that come with
archc are part of it and tested against the library: their values are taken as they are, for speed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from archc.bodies.body import FORMAT, BodyNode, BodyRecord, PublishedWeights, Saved, Stage
from archc.files.errors import WorldError
from archc.files.seal import json_is_intact
from archc.ops.faults import Mismatch
from archc.ops.initializers import Init
from archc.spec import layers as ops
from archc.spec.layers import OPS

if TYPE_CHECKING:
    from pathlib import Path

_NOT_INSIDE = (ops.ImageToFloat, ops.Argmax, ops.ExtensionOp)
"""Ops of lowerings, which no library's model is made of."""


def read_record(text: str, where: str, *, trusted: bool) -> BodyRecord:
    """Return the record in `text`; `WorldError` naming `where` for one that is not valid."""
    try:
        data = json.loads(text, parse_constant=_no_number)
        if not trusted:
            from archc.bodies.check import check

            check(data)
        return _record(data, _made if trusted else _made_checked)
    except (Mismatch, KeyError, TypeError, ValueError, IndexError, RecursionError) as fault:
        said = f"`{fault.args[0]}` is missing" if isinstance(fault, KeyError) else str(fault)
        raise WorldError(f"`{where}` is not a valid record of a body: {said}", "record it again") from fault


def require_intact(raw: bytes, path: Path, help: str) -> None:
    """Raise `WorldError` where the bytes of a record's file do not hold their own digest."""
    if not json_is_intact(raw):
        raise WorldError(
            f"`{path}` is not as `archc record` wrote it: it is damaged, or edited by hand", help
        )


Maker = Callable[[type, dict[str, Any]], Any]


def _record(data: Mapping[str, Any], make: Maker) -> BodyRecord:
    if data["format"] != FORMAT:
        raise Mismatch(f"its format is {data['format']!r}, this archc reads {FORMAT}")
    nodes = _nodes(data, make)
    state = tuple([Saved(key, tuple(shape), not buffer) for key, shape, *buffer in data.get("state", ())])
    return BodyRecord(
        ref=data["ref"],
        size=tuple(data["size"]),
        fixed_size=data["fixed_size"],
        min_size=data["min_size"],
        children=tuple(data["children"]),
        cut=data["cut"],
        nodes=tuple([_with_state(node, data["ref"], state) for node in nodes]) if state else nodes,
        exits=data.get("exits", {}) | {node.name: index for index, node in enumerate(nodes)},
        stages=tuple([Stage(*row) for row in data["stages"]]),
        weights={name: _weights(entry) for name, entry in data["weights"].items()},
        default_weights=data["default_weights"],
        unused_keys=tuple(data["unused_keys"]),
        state=state,
        recorded_with=data["recorded_with"],
        export_fault=data.get("export_fault"),
    )


def _nodes(data: Mapping[str, Any], make: Maker) -> tuple[BodyNode, ...]:
    table = [make(OPS[row["op"]], row) for row in data["ops"]]
    inits = [make(Init, row) for row in data["inits"]]
    return tuple(
        [
            BodyNode(
                name,
                module,
                table[op],
                tuple(inputs),
                tuple([(parameter, inits[place]) for parameter, place in init.items()]) if init else (),
            )
            for name, module, op, inputs, init in data["nodes"]
        ]
    )


def _with_state(node: BodyNode, ref: str, state: tuple[Saved, ...]) -> BodyNode:
    """Return a library's part with what it saves; other nodes as they are."""
    if not isinstance(node.op, ops.LibraryPart):
        return node
    if node.op.ref != ref or node.op.path != node.module:
        raise Mismatch(f"`{node.name}` is a part of another model")
    prefix = f"{node.module}." if node.module else ""
    own = tuple(
        [(s.name.removeprefix(prefix), s.shape, s.learned) for s in state if s.name.startswith(prefix)]
    )
    return node._replace(op=node.op.changed(state=own))


def _weights(entry: Mapping[str, Any]) -> PublishedWeights:
    mean, std, size = tuple(entry["mean"]), tuple(entry["std"]), tuple(entry["size"])
    return PublishedWeights(entry["url"], mean, std, size, entry["resize"], entry["interpolation"])


def _made(cls: type, row: dict[str, Any]) -> Any:
    return cls(**{name: _frozen(value) for name, value in row.items()})


def _frozen(value: Any) -> Any:
    """Return a value of JSON with tuples for its lists."""
    return tuple([_frozen(inner) for inner in value]) if isinstance(value, list) else value


def _made_checked(cls: type, row: dict[str, Any]) -> Any:
    if issubclass(cls, _NOT_INSIDE):
        raise Mismatch(f"op `{row['op']}` is not part of a library's model")
    from archc.ops.field_check import checked

    return cls(**checked(cls, row))


def _no_number(text: str) -> NoReturn:
    raise Mismatch(f"{text} is not a number of JSON")
