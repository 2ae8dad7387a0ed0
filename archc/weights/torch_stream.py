"""torch's format of before 1.6: five pickles, then each storage with its length before it."""

from __future__ import annotations

import mmap
from typing import BinaryIO

from archc.weights.inert_pickle import NotPlain, Unpickled, unpickled
from archc.weights.stored import BYTES

MAGIC = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")
"""The first pickle: a number that torch chose."""


def read_stream(file: BinaryIO) -> Unpickled:
    """Return the content of a file of that format, each storage at its place in the file.

    Raises:
        NotPlain: it is damaged, or holds more than tensors.
    """
    data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))  # unmapped when nobody holds it
    version = unpickled(data, len(MAGIC))
    system = unpickled(data, version.end)
    if isinstance(system.value, dict) and system.value.get("little_endian") is False:
        raise NotPlain("it was written on a big-endian machine")
    made = unpickled(data, system.end)
    keys = unpickled(data, made.end)
    _place(made, keys.value, data, keys.end)
    return made


def _place(made: Unpickled, keys: object, data: memoryview, at: int) -> None:
    for key in keys if isinstance(keys, list) else ():
        storage = made.storages.get(str(key))
        values = int.from_bytes(data[at : at + 8], "little")
        if storage is None or values != storage.values:
            raise NotPlain("its pickle is damaged")
        start = at + 8
        at = start + values * BYTES.get(storage.dtype, 1)
        if at > len(data):
            raise NotPlain("it is cut short")
        storage.place = (start, at, 0)
