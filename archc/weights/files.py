"""Weight files written whole or not at all, and our own read back."""

import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from archc.files.atomic import replacing
from archc.files.errors import WorldError
from archc.files.seal import KEY, UNSEALED, place_in_json, seal
from archc.weights.checkpoint import SHARED, open_checkpoint
from archc.weights.mapped import mapped

_DTYPES = {
    torch.bool: "BOOL", torch.uint8: "U8", torch.int8: "I8", torch.int16: "I16", torch.int32: "I32",
    torch.int64: "I64", torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32",
    torch.float64: "F64",
}  # fmt: skip


def read_weights(path: Path | str, *, entry: str | None = None, modified: bool = False) -> dict[str, Tensor]:
    """Return all tensors, of any shape, of a weight file or one entry of it, by name on the CPU.

    Nothing in the file is executed. Tensors are mapped from it: replace it, never write into it.

    Raises:
        WorldError: it is no such file, has several entries of which none is named, or archc wrote it and it
            has changed since, unless `modified`.
    """
    checkpoint = open_checkpoint(Path(path), modified=modified)
    chosen = [one for one in checkpoint.entries if entry in (None, one.path)]
    if len(chosen) != 1:
        known = ", ".join(f'"{one.path}"' for one in checkpoint.entries[:8])
        inside = f" but {checkpoint.inside}" if checkpoint.inside not in ("", "dict") else ""
        raise WorldError(
            f"`{path}` holds {f'{len(chosen)} entries' if chosen else 'no weights'}: "
            + (f"name one of {known}" if known else f"no names and tensors{inside}")
        )
    return mapped(checkpoint.path, chosen[0].tensors)


def save_weights(
    path: Path | str,
    tensors: Mapping[str, Tensor],
    metadata: Mapping[str, str] | None = None,
    *,
    before: Callable[[int, str], None] = lambda size, digest: None,
) -> None:
    """Write the tensors, of any shape, atomically as a `.safetensors` file at `path`.

    Its header holds `metadata` and the file's own digest (`archc.files.seal`).
    `before` is told the size in bytes and the digest when the file is complete and has not its name yet.
    The same tensors and text give the same bytes, so that a hash of the file means something (the library's
    writer shuffles the text). A tensor under several names is stored once, and `read_weights` gives it all
    its names back.
    """
    stored, shared = _once(tensors)
    text = dict(sorted((metadata or {}).items())) | {KEY: UNSEALED}
    if shared:
        text[SHARED] = json.dumps(shared, sort_keys=True)
    # Wide types first, so that every tensor is aligned to its own width, as the format asks.
    order = sorted(stored, key=lambda name: (-stored[name].element_size(), name))
    header = _header(order, stored, text)
    place = place_in_json(header)
    assert place is not None, "it was just written"
    with replacing(path) as temporary:
        with temporary.open("w+b") as file:
            file.write(header)
            for name in order:
                file.write(_bytes(stored[name]))
            digest = seal(file, place)
            size = file.seek(0, 2)
        before(size, digest)


def _once(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, str]]:
    stored: dict[str, Tensor] = {}
    shared: dict[str, str] = {}
    names: dict[tuple[Any, ...], str] = {}
    for name, tensor in sorted(tensors.items()):
        same = (tensor.device, tensor.data_ptr(), tensor.dtype, tuple(tensor.shape), tensor.stride())
        if tensor.numel() and same in names:
            shared[name] = names[same]
        else:
            names[same] = name
            stored[name] = tensor.detach().to("cpu").contiguous()
    return stored, shared


def _header(order: list[str], stored: Mapping[str, Tensor], text: Mapping[str, str]) -> bytes:
    table: dict[str, Any] = {"__metadata__": text}
    end = 0
    for name in order:
        start, end = end, end + stored[name].numel() * stored[name].element_size()
        entry = {"dtype": _DTYPES[stored[name].dtype], "shape": list(stored[name].shape)}
        table[name] = {**entry, "data_offsets": [start, end]}
    encoded = json.dumps(table, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    encoded += b" " * (-len(encoded) % 8)
    return struct.pack("<Q", len(encoded)) + encoded


def _bytes(tensor: Tensor) -> memoryview:
    return tensor.reshape(-1).view(torch.uint8).numpy().data
