"""Messages between two processes over pipes: a line of JSON, then the bytes of arrays.

Neither side trusts the other with more than numbers: nothing is unpickled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_LONGEST = 64 << 20
"""Bytes of a line."""
_KINDS = "fiub"


@dataclass(frozen=True, slots=True)
class Message:
    """A message: what is said, as JSON has it, and arrays by name."""

    said: Mapping[str, Any]
    arrays: Mapping[str, Array]


def is_numeric(array: Array) -> bool:
    """Return True where an array, of any shape, can be sent: its dtype is a number or bool."""
    return array.dtype.kind in _KINDS


def send(file: BinaryIO, said: Mapping[str, Any], arrays: Mapping[str, Array] | None = None) -> None:
    """Write one message; its arrays may have any shape."""
    arrays = {name: np.asarray(array, order="C") for name, array in (arrays or {}).items()}
    forms = {name: [array.dtype.str, list(array.shape)] for name, array in arrays.items()}
    file.write(json.dumps({"said": said, "arrays": forms}).encode() + b"\n")
    for array in arrays.values():
        file.write(array.reshape(-1).view(np.uint8).data)
    file.flush()


def receive(file: BinaryIO) -> Message | None:
    """Return the next message; None where the other side has ended.

    Raises:
        ValueError: it is no JSON, or has an array that is not numeric.
    """
    line = file.readline(_LONGEST)
    if not line.endswith(b"\n"):
        return None
    told = json.loads(line)
    arrays = {}
    for name, (dtype, shape) in told["arrays"].items():
        array = np.empty(shape, np.dtype(dtype))
        if not is_numeric(array):
            raise ValueError(dtype)
        if not _filled(file, array):
            return None
        arrays[name] = array
    return Message(told["said"], arrays)


def _filled(file: BinaryIO, array: Array) -> bool:
    rest = array.reshape(-1).view(np.uint8).data
    while rest:
        count = file.readinto(rest)  # type: ignore[attr-defined]
        if not count:
            return False
        rest = rest[count:]
    return True
