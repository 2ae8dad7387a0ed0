"""Headers of `.safetensors` files, read without torch and checked before anything is mapped into memory."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archc.files.errors import WorldError, from_os_error
from archc.files.seal import is_intact, place_in_json

_LARGEST_HEADER = 100_000_000  # bytes; the format's own limit
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "U16": 16, "I16": 16, "F16": 16,
    "BF16": 16, "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64, "C64": 64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A tensor in the file.

    It has its dtype as the format spells it (`F32`), its shape, and its bytes' place after the header.
    """

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Header:
    """All tensors by name, in the file's order, and the text the writer added."""

    tensors: dict[str, Entry]
    metadata: dict[str, str]


def read_header(path: Path | str) -> Header:
    """Return the file's header.

    Raises:
        WorldError: it cannot be read, is none, is cut short or contradicts itself.
    """
    try:
        with Path(path).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            length = int.from_bytes(file.read(8), "little")
            if size < 10 or length > min(size - 8, _LARGEST_HEADER):
                raise _bad(path, "it is cut short or of another format")
            text = file.read(length)
    except OSError as error:
        raise from_os_error("read", path, error) from error
    try:
        header = _parsed(json.loads(text, object_pairs_hook=_without_twins))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _bad(path, "its header cannot be understood") from error
    _check_places(path, header, size - 8 - length)
    return header


def read_intact_header(path: Path | str, *, modified: bool = False) -> Header:
    """Return the file's header, after the whole file was held against the digest in it if archc wrote it.

    A file without any `archc.*` text in its header is another writer's: it has no digest to hold.

    Raises:
        WorldError: as for `read_header`; or the file is not as archc wrote it, and not said to be `modified`.
    """
    header = read_header(path)
    if modified or not any(key.startswith("archc.") for key in header.metadata):
        return header
    try:
        with Path(path).open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            place = place_in_json(file.read(length))
            intact = is_intact(file, None if place is None else place + 8)
    except OSError as error:
        raise from_os_error("read", path, error) from error
    if not intact:
        raise WorldError(
            f"`{path}` is not as archc wrote it: it is damaged, or another tool changed it",
            "copy it again; what was changed on purpose is saved without the `archc.` keys of its header, "
            "or, in a run, taken with --modified",
        )
    return header


def _bad(path: Path | str, why: str) -> WorldError:
    return WorldError(f"`{path}` is not a whole .safetensors file: {why}", "copy or download it again")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name occurs twice")
    return table


def _parsed(table: dict[str, Any]) -> Header:
    metadata = table.pop("__metadata__", None) or {}
    if not all(isinstance(value, str) for value in metadata.values()):
        raise ValueError("metadata is text")
    return Header({name: _entry(facts) for name, facts in table.items()}, metadata)


def _entry(facts: dict[str, Any]) -> Entry:
    start, end = facts["data_offsets"]
    numbers = [*facts["shape"], start, end]
    if len(numbers) > 66 or not all(type(number) is int and 0 <= number < 2**63 for number in numbers):
        raise ValueError("sizes are natural numbers, and few")
    return Entry(str(facts["dtype"]), tuple(facts["shape"]), start, end)


def _check_places(path: Path | str, header: Header, size: int) -> None:
    reached = 0
    for entry in sorted(header.tensors.values(), key=lambda entry: (entry.start, entry.end)):
        bits = _BITS.get(entry.dtype)
        wanted = entry.end - entry.start if bits is None else math.prod(entry.shape) * bits // 8
        if entry.start != reached or entry.end - entry.start != wanted or wanted < 0:
            raise _bad(path, "its tensors do not lie where its header says")
        reached = entry.end
    if reached != size:
        raise _bad(path, f"its tensors take {reached} bytes and {size} are there")
