"""Stored tensors as tensors over the mapped file: what is not used is never read."""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from archc.files.errors import WorldError, from_os_error
from archc.files.regular import open_regular
from archc.weights.stored import Stored

_DTYPES = {
    "BOOL": torch.bool, "U8": torch.uint8, "I8": torch.int8, "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2, "F8_E8M0": torch.float8_e8m0fnu, "U16": torch.uint16, "I16": torch.int16,
    "F16": torch.float16, "BF16": torch.bfloat16, "U32": torch.uint32, "I32": torch.int32,
    "F32": torch.float32, "U64": torch.uint64, "I64": torch.int64, "F64": torch.float64,
    "C64": torch.complex64, "C128": torch.complex128,
}  # fmt: skip


def mapped(path: Path, chosen: Mapping[str, Stored]) -> dict[str, Tensor]:
    """Return the chosen tensors, of any shape, on the CPU, over a private copy-on-write map of the file.

    Replace a file that is mapped, never write into it. Names that stand for one and the same place share a
    tensor; tensors that overlap otherwise are copied apart, so that none is trained through another.

    Raises:
        WorldError: the file cannot be read, a tensor's values cannot be, or they are not what was written.
    """
    for name, stored in chosen.items():
        if stored.fault:
            raise WorldError(
                f"`{path}`: `{name}` {stored.fault}; archc reads plain tensors",
                "save the model's dense, unquantized tensors on the CPU",
            )
    if not any(stored.extent for stored in chosen.values()):
        return {
            name: torch.empty(stored.shape, dtype=_DTYPES[stored.dtype]) for name, stored in chosen.items()
        }
    with open_regular(path) as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except (OSError, ValueError) as error:
            raise from_os_error("map", path, OSError(str(error))) from error
    _prove(path, data, chosen)
    return _apart(chosen, {name: _tensor(path, data, name, stored) for name, stored in chosen.items()})


def _tensor(path: Path, data: mmap.mmap, name: str, stored: Stored) -> Tensor:
    dtype = _DTYPES[stored.dtype]
    if not stored.extent:
        return torch.empty(stored.shape, dtype=dtype)
    if stored.start + stored.extent > len(data):
        raise WorldError(f"`{path}` was cut short while it was read: `{name}` is not in it", "read it again")
    width = torch.empty((), dtype=dtype).element_size()
    flat = torch.frombuffer(data, dtype=dtype, count=stored.extent // width, offset=stored.start)
    if stored.stride is None:
        return flat.reshape(stored.shape)
    return flat.as_strided(stored.shape, stored.stride).contiguous()


def _prove(path: Path, data: mmap.mmap, chosen: Mapping[str, Stored]) -> None:
    """Hold the blocks that tensors lie in against their sums, where the format notes one."""
    for start, end, crc in {stored.block for stored in chosen.values() if stored.block}:
        if crc and zlib.crc32(memoryview(data)[start:end]) != crc:
            raise WorldError(
                f"`{path}` is damaged: its values are not what was written", "copy or download it again"
            )


def _apart(chosen: Mapping[str, Stored], made: dict[str, Tensor]) -> dict[str, Tensor]:
    first: dict[tuple[object, ...], Tensor] = {}
    reached = 0
    for name, stored in sorted(chosen.items(), key=lambda each: (each[1].start, -each[1].extent)):
        same = (stored.start, stored.dtype, stored.shape, stored.stride)
        if stored.extent and same in first:
            made[name] = first[same]
            continue
        if stored.start < reached and stored.extent and stored.stride is None:
            made[name] = made[name].clone()
        first[same] = made[name]
        reached = max(reached, stored.start + stored.extent)
    return made
