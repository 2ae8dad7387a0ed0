"""Weight files: read without ever running what they contain, written whole or not at all."""

import json
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from archc.files import WorldError, replacing
from archc.files.safetensors_header import read_intact_header
from archc.files.seal import KEY, UNSEALED, place_in_json, seal
from archc.modules.assign import adapt_input_channels, assign_weights
from archc.modules.download import Opener, Progress, open_url
from archc.modules.fetch import fetch

__all__ = ["adapt_input_channels", "assign_weights", "pretrained", "read_weights", "save_weights"]

_NESTS = ("state_dict", "model", "model_state_dict")  # where checkpoints of training scripts keep the model
_WRAPPERS = ("module.", "_orig_mod.")  # what DataParallel and torch.compile put before every name
_SHARED = "archc.shared"  # metadata key: {name: the name under which its tensor is stored}
_DTYPES = {
    torch.bool: "BOOL", torch.uint8: "U8", torch.int8: "I8", torch.int16: "I16", torch.int32: "I32",
    torch.int64: "I64", torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32",
    torch.float64: "F64",
}  # fmt: skip


def pretrained(
    url: str, directory: Path | None = None, progress: Progress | None = None, *, opener: Opener = open_url
) -> dict[str, Tensor]:
    """All tensors of the weight file behind `url`, from the cache or the network, proven as `fetch` says."""
    return read_weights(fetch(url, directory, progress=progress, opener=opener))


def read_weights(path: Path | str, *, modified: bool = False) -> dict[str, Tensor]:
    """All tensors of a `.safetensors`, `.pth` or `.pt` file by name, on the CPU. Nothing in it is executed.

    Of a training checkpoint the part under `state_dict`, `model` or `model_state_dict` is taken; `module.`
    before every name is dropped. Tensors of a `.safetensors` file are mapped from it: replace the file, never
    write into it. `WorldError` for whatever is not such a file, and for one that archc wrote and that has
    changed since, unless `modified`.
    """
    path = Path(path)
    if not path.is_file():
        raise WorldError(f"no weight file `{path}`", "check the path: it is taken as written")
    if path.suffix == ".safetensors":
        return _read_safetensors(path, modified=modified)
    if path.suffix in (".pth", ".pt"):
        return _unwrapped(_state_dict(path, _unpickled(path)))
    raise WorldError(f"`{path}` is not a weight file archc reads", "it reads .safetensors, .pth and .pt")


def _read_safetensors(path: Path, *, modified: bool) -> dict[str, Tensor]:
    header = read_intact_header(path, modified=modified)
    try:
        tensors: dict[str, Tensor] = safetensors.torch.load_file(path, device="cpu")
        shared = json.loads(header.metadata.get(_SHARED, "{}"))
        tensors.update({str(name): tensors[kept] for name, kept in shared.items()})
    except Exception as error:  # a stranger's file: whatever the parser stumbles over is the file's fault
        raise _unreadable(path, error) from error
    ours = any(key.startswith("archc.") for key in header.metadata)
    return tensors if ours else _unwrapped(tensors)  # a node of ours may well be called `module`


def _unpickled(path: Path) -> Any:
    _refuse_compressed(path)
    try:
        # Explicit: the default can be turned off by an environment variable, the argument cannot.
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # as above; unpickling strangers' bytes fails in many ways
        raise _unreadable(path, error) from error


def _refuse_compressed(path: Path) -> None:
    # torch stores its records as they are; a compressed one could unfold to any size in memory.
    try:
        with zipfile.ZipFile(path) as archive:
            packed = any(record.compress_type != zipfile.ZIP_STORED for record in archive.infolist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return  # torch's older format, or nothing we know: torch.load decides
    if packed:
        raise WorldError(f"`{path}` is not a weight file written by torch: its records are compressed")


def _unreadable(path: Path, error: Exception) -> WorldError:
    if named := re.search(r"GLOBAL ([\w.]+)|Unsupported (?:class|global)[: ]+([\w.]+)", str(error)):
        return WorldError(
            f"`{path}` holds more than tensors ({named[1] or named[2]}): refused, because it could run code",
            "have its author save `model.state_dict()`, or convert it to .safetensors",
        )
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return WorldError(f"`{path}` cannot be read as weights: {first[:200]}", "copy or download it again")


def _state_dict(path: Path, content: Any) -> dict[str, Tensor]:
    for _ in range(3):
        if not isinstance(content, Mapping) or all(isinstance(value, Tensor) for value in content.values()):
            break
        nests = [key for key in _NESTS if isinstance(content.get(key), Mapping)]
        if not nests:
            break
        content = content[nests[0]]
    if not isinstance(content, Mapping) or not content:
        raise WorldError(f"`{path}` holds no weights: not names and tensors but {type(content).__name__}")
    return {str(name): _plain(path, str(name), value) for name, value in content.items()}


def _plain(path: Path, name: str, value: Any) -> Tensor:
    # A tensor can claim a shape far beyond its bytes (stride 0, or no storage at all); a copy of it would be
    # real.
    if not isinstance(value, Tensor):
        kind = type(value).__name__
        raise WorldError(
            f"`{path}` is not a state dict: `{name}` is of type {kind}, not a tensor",
            f"archc takes a plain state dict, or one under one of {', '.join(_NESTS)}",
        )
    if value.layout != torch.strided or value.device.type != "cpu" or value.is_quantized:
        raise WorldError(f"`{path}`: `{name}` is sparse, quantized or empty; archc reads plain tensors")
    if value.numel() * value.element_size() > value.untyped_storage().nbytes():
        raise WorldError(f"`{path}`: `{name}` claims more values than the file holds")
    return value.detach()


def _unwrapped(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    for wrapper in _WRAPPERS * 2:  # either may be around the other
        if tensors and all(name.startswith(wrapper) for name in tensors):
            tensors = {name.removeprefix(wrapper): tensor for name, tensor in tensors.items()}
    return tensors


def save_weights(
    path: Path | str,
    tensors: Mapping[str, Tensor],
    metadata: Mapping[str, str] | None = None,
    *,
    before: Callable[[int, str], None] = lambda size, digest: None,
) -> None:
    """Write `path` as a `.safetensors` file with these tensors, this text in its header and its own digest
    (`archc.files.seal`), or leave it untouched.

    `before` is told the size in bytes and the digest when the file is complete and has not its name yet.
    The same tensors and text give the same bytes, so that a hash of the file means something (the library's
    writer shuffles the text). A tensor under several names is stored once, and `read_weights` gives it all
    its names back.
    """
    stored, shared = _once(tensors)
    text = dict(sorted((metadata or {}).items())) | {KEY: UNSEALED}
    if shared:
        text[_SHARED] = json.dumps(shared, sort_keys=True)
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
