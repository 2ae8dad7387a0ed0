"""Checks that untrusted data has the form of a body's record; `field_check` has those of ops' fields."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from archc.bodies.body import FORMAT, IMAGE
from archc.ops.faults import Mismatch
from archc.spec import layers as ops
from archc.spec.layers import OPS, Op

_NODES = 20_000
_SAVED = 500_000
_FAULT = 400
_STAGES = 200
"""Of each stage it is worked out how much smaller its map is, which takes all nodes before it."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,299}")

_ARITY: dict[type[Op], tuple[int, int]] = {
    ops.Parameter: (0, 0),
    ops.Add: (2, 16),
    ops.Multiply: (2, 16),
    ops.AbsDifference: (2, 2),
    ops.SquaredDifference: (2, 2),
    ops.CosineSimilarity: (2, 2),
    ops.ResizeLike: (2, 2),
    ops.ExpandBatch: (2, 2),
    ops.Concat: (1, 1024),
}
"""Fewest and most inputs of ops that do not take exactly one."""


def check(data: Any) -> None:
    """Raise `Mismatch` where a stranger's record does not have the form of one."""
    _demand(isinstance(data, dict), "it is not a JSON object")
    _demand(data.get("format") == FORMAT, f"its format is not {FORMAT}")
    _demand(_is_name(data["ref"], slashes=1), "`ref` is not LIBRARY/NAME")
    _demand(_is_size(data["size"]), "`size` is not [height, width]")
    _demand(_is_int(data["min_size"], 1, 1 << 16), "`min_size` is not a size in pixels")
    _demand(isinstance(data["fixed_size"], bool), "`fixed_size` is not a boolean")
    _demand(_are_names(data["children"]), "`children` is not a list of names")
    _demand(_are_names(data["unused_keys"]), "`unused_keys` is not a list of prefixes")
    _demand(
        isinstance(data["recorded_with"], dict) and len(data["recorded_with"]) <= 20,
        "`recorded_with` is not an object",
    )
    _demand(
        all(isinstance(v, str) for v in data["recorded_with"].values()), "`recorded_with` is not of versions"
    )
    fault = data.get("export_fault", "")
    _demand(isinstance(fault, str) and len(fault) <= _FAULT, "`export_fault` is no sentence")
    _check_weights(data["weights"], data["default_weights"])
    _check_nodes(data)
    _check_exits(data)
    _check_state(data.get("state", []))
    _check_parts(data)


def _check_nodes(data: Mapping[str, Any]) -> None:
    for key in ("ops", "inits", "nodes"):
        _demand(
            isinstance(data[key], list) and len(data[key]) <= _NODES, f"`{key}` is not a list, or too long"
        )
    for row in data["ops"]:
        known = isinstance(row, dict) and isinstance(row.get("op"), str) and row["op"] in OPS
        _demand(known, f"there is no op {_shown(row)}")
    _demand(bool(data["nodes"]) and all(isinstance(row, dict) for row in data["inits"]), "it has no nodes")
    names: set[str] = set()
    for index, row in enumerate(data["nodes"]):
        _check_node(index, row, data)
        _demand(row[0] not in names, f"two nodes are named `{row[0]}`")
        names.add(row[0])


def _check_node(index: int, row: Any, data: Mapping[str, Any]) -> None:
    place = f"nodes[{index}]"
    _demand(isinstance(row, list) and len(row) == 5, f"{place} is not [name, module, op, inputs, inits]")
    name, module, op, inputs, inits = row
    _demand(_is_name(name) and (_is_name(module) or module == ""), f"{place} has no proper name")
    _demand(_is_int(op, 0, len(data["ops"]) - 1), f"{place} (`{name}`) has an op that is not in `ops`")
    earlier = isinstance(inputs, list) and all(_is_int(i, IMAGE, index - 1) for i in inputs)
    _demand(earlier, f"{place} (`{name}`) has an input that is no earlier node")
    cls = OPS[data["ops"][op]["op"]]
    _demand(module != "" or cls is ops.LibraryPart, f"{place} (`{name}`) is of no module")
    fewest, most = _ARITY.get(cls, (1, 1))
    _demand(fewest <= len(inputs) <= most, f"{place} (`{name}`) has {len(inputs)} inputs")
    started = isinstance(inits, dict) and len(inits) <= 8
    _demand(started, f"{place} (`{name}`) has no proper initializers")
    known = all(len(key) < 60 and _is_int(value, 0, len(data["inits"]) - 1) for key, value in inits.items())
    _demand(known, f"{place} (`{name}`) has an initializer that is not in `inits`")


def _check_exits(data: Mapping[str, Any]) -> None:
    exits, last = data["exits"], len(data["nodes"]) - 1
    _demand(isinstance(exits, dict) and len(exits) <= _NODES, "`exits` is not an object")
    _demand(all(_is_name(k) and _is_int(v, 0, last) for k, v in exits.items()), "`exits` names no node")
    _demand(isinstance(data["stages"], list) and len(data["stages"]) <= _STAGES, "`stages` is not a list")
    for row in data["stages"]:
        _demand(_is_stage(row) and _is_int(row[3], 0, last), f"the stage {_shown(row)} is not valid")
    known = data["cut"] in exits or any(data["cut"] == row[0] for row in data["nodes"])
    _demand(isinstance(data["cut"], str) and known, "`cut` is nothing inside it")


def _check_state(state: Any) -> None:
    _demand(isinstance(state, list) and len(state) <= _NODES, "`state` is not a list")
    for row in state:
        shaped = isinstance(row, list) and len(row) >= 2 and _is_name(row[0]) and isinstance(row[1], list)
        _demand(shaped and all(_is_int(size, 0, 1 << 31) for size in row[1]), f"{_shown(row)} has no shape")
        _demand(row[2:] in ([], ["buffer"]), f"{_shown(row)} is neither learned nor a buffer")


def _check_parts(data: Mapping[str, Any]) -> None:
    """Each part of the library's is told what it saves, which takes all of `state`."""
    parts = sum(data["ops"][row[2]]["op"] == "library_part" for row in data["nodes"])
    _demand(parts * len(data.get("state", [])) <= _SAVED, "it has too many parts for all that it saves")


def _check_weights(weights: Any, default: Any) -> None:
    _demand(isinstance(weights, dict) and len(weights) <= 100, "`weights` is not an object")
    for name, entry in weights.items():
        place = f"the weights `{name}`"
        _demand(_is_name(name) and isinstance(entry, dict), f"{place} are not valid")
        secure = (
            isinstance(entry["url"], str) and entry["url"].startswith("https://") and len(entry["url"]) < 2000
        )
        _demand(secure, f"{place} have no https address")
        _demand(
            _is_size(entry["size"]) and _is_int(entry["resize"], 1, 1 << 16), f"{place} have no proper size"
        )
        triples = all(_is_triple(entry[key]) for key in ("mean", "std"))
        _demand(triples and all(value > 0 for value in entry["std"]), f"{place} have no proper mean and std")
        _demand(isinstance(entry["interpolation"], str), f"{place} have no interpolation")
    _demand(default is None or default in weights, "`default_weights` is none of `weights`")


def _is_stage(row: Any) -> bool:
    if not (isinstance(row, list) and len(row) == 4):
        return False
    return _is_name(row[0]) and _is_int(row[1], 1, 1 << 24) and _is_int(row[2], 1, 1 << 16)


def _is_triple(value: Any) -> bool:
    numbers = isinstance(value, list) and len(value) == 3
    return numbers and all(
        isinstance(v, int | float) and not isinstance(v, bool) and abs(v) < 1e6 for v in value
    )


def _is_size(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_is_int(v, 1, 1 << 16) for v in value)


def _is_int(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_name(value: Any, slashes: int = 0) -> bool:
    if not (isinstance(value, str) and value.count("/") == slashes):
        return False
    return all(_NAME.fullmatch(part) and ".." not in part for part in value.split("/"))


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _NODES and all(map(_is_name, value))


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _demand(holds: bool, fault: str) -> None:
    if not holds:
        raise Mismatch(fault)
