"""A record as the text of its file: JSON in which one line is one node, so that a diff shows what changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from archc.files.seal import KEY, UNSEALED, sealed_json

_LISTED = ("ops", "inits", "nodes", "stages", "state")
_MAPPED = ("exits", "weights")


def text_of(record: Mapping[str, Any]) -> str:
    """Return `record` as JSON that is sealed (`archc.files.seal`); the same bytes for an equal record."""
    lines = (f"{_line(key)}: {_value(key, value)}" for key, value in (dict(record) | {KEY: UNSEALED}).items())
    return sealed_json("{\n" + ",\n".join(lines) + "\n}\n")


def _value(key: str, value: Any) -> str:
    if key in _LISTED and value:
        return "[\n" + ",\n".join(map(_line, value)) + "\n]"
    if key in _MAPPED and value:
        return "{\n" + ",\n".join(f"{_line(k)}:{_line(v)}" for k, v in value.items()) + "\n}"
    return _line(value)


def _line(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
