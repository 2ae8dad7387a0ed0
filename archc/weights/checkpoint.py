"""Any file of weights, or a run's folder, as a `Checkpoint`. No value is read and nothing is executed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archc.files.errors import WorldError, from_os_error
from archc.files.regular import open_regular
from archc.files.safetensors_header import Header, read_intact_header
from archc.files.seal import KEY
from archc.run.layout import SPECS, WEIGHTS
from archc.run.manifest import require_weights
from archc.weights.inert_pickle import Drawn, NotPlain, Unpickled
from archc.weights.stored import BYTES, MOST_TENSORS, Checkpoint, Entry, Stored, contiguous, too_many
from archc.weights.torch_stream import MAGIC, read_stream
from archc.weights.torch_zip import read_zip

SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt", ".bin", ".tar")
SHARED = "archc.shared"
"""The key in our own files of {name: the name under which its tensor is stored}."""
_DEEPEST = 5
_MOST_ENTRIES = 200


def open_checkpoint(path: Path, *, modified: bool = False) -> Checkpoint:
    """Return what the file at `path` holds; of a run's folder, what its `weights.safetensors` holds.

    Raises:
        WorldError: it is not there, is no file of weights, is damaged, or would run code; or archc wrote it
            and it has changed since, unless `modified`.
    """
    if path.is_dir():
        found = open_checkpoint(_of_run(path), modified=modified)
        if not modified:
            _require_own(path, found)
        return found
    if not path.exists():
        raise WorldError(f"no weight file `{path}`", "check the path: it is taken as written")
    with open_regular(path) as file:
        start = file.read(len(MAGIC))
        if path.suffix == ".safetensors":
            return _of_safetensors(path, modified=modified)
        if path.suffix not in SUFFIXES:
            raise WorldError(f"`{path}` is not a weight file archc reads", f"it reads {listed_suffixes()}")
        try:
            return _of_torch(path, _pickled(path, file, start))
        except NotPlain as fault:
            raise _refused(path, fault) from fault
        except OSError as error:
            raise from_os_error("read", path, error) from error


def _require_own(folder: Path, found: Checkpoint) -> None:
    """Raise `WorldError` where a run's weights are not those that it wrote."""
    try:
        require_weights(folder, found.path.name, found.metadata.get(KEY, ""))
    except WorldError as fault:
        raise WorldError(
            fault.message, f"copy the run again, or name the file itself: {found.path}"
        ) from fault


def listed_suffixes() -> str:
    """Return the kinds of files that are read, in words."""
    return ".safetensors, .pth, .pt, .ckpt and .bin"


def _of_run(folder: Path) -> Path:
    if not any((folder / name).is_file() for name in SPECS):
        raise WorldError(f"`{folder}` is a folder and no run", "name the file in it that holds the weights")
    path = folder / WEIGHTS
    if not path.exists():
        raise WorldError(f"the run `{folder}` has no weights yet", "train it for at least one epoch")
    return path


def _pickled(path: Path, file: BinaryIO, start: bytes) -> Unpickled:
    if start[:4] == b"PK\x03\x04":
        return read_zip(path, file)
    if start == MAGIC:
        return read_stream(file)
    raise NotPlain("it is not of a format that `torch.save` writes")


def _refused(path: Path, fault: NotPlain) -> WorldError:
    if fault.called:
        what = f"{fault}" if "whole model" in str(fault) else "it holds more than tensors"
        return WorldError(
            f"`{path}` was not read: {what} ({fault.called}), refused because it could run code",
            "where it was made, save `model.state_dict()` alone, best as .safetensors",
        )
    bounded = "more than" in str(fault) or "larger than" in str(fault)
    help = "save the model's tensors alone: `model.state_dict()`" if bounded else "copy or download it again"
    return WorldError(f"`{path}` cannot be read as weights: {fault}", help)


def _of_safetensors(path: Path, *, modified: bool) -> Checkpoint:
    header = read_intact_header(path, modified=modified)
    if len(header.tensors) > MOST_TENSORS:
        raise too_many(path)
    # After the header's own length; read_header has held every place against the file's size.
    first = path.stat().st_size - max((entry.end for entry in header.tensors.values()), default=0)
    tensors = {
        name: Stored(
            entry.dtype,
            entry.shape,
            first + entry.start,
            fault="" if entry.dtype in BYTES else f"is of type {entry.dtype}, which archc does not read",
        )
        for name, entry in header.tensors.items()
    }
    tensors |= _shared(header, tensors)
    ours = any(key.startswith("archc.") for key in header.metadata)
    return Checkpoint(path, (Entry("", tensors),) if tensors else (), header.metadata, ours=ours)


def _shared(header: Header, tensors: dict[str, Stored]) -> dict[str, Stored]:
    """Return the further names of tensors that archc stored once."""
    try:
        table = json.loads(header.metadata.get(SHARED, "{}"))
        return {str(name): tensors[kept] for name, kept in table.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _of_torch(path: Path, made: Unpickled) -> Checkpoint:
    entries = tuple(_entries(made.value)) if isinstance(made.value, dict) else ()
    if len(entries) > _MOST_ENTRIES:
        raise WorldError(f"`{path}` holds more than {_MOST_ENTRIES} tables of tensors")
    objects = tuple(
        kind for kind in made.kinds if not kind.startswith(("builtins.", "__builtin__.", "_codecs."))
    )
    inside = "tensor" if isinstance(made.value, Drawn) else type(made.value).__name__
    return Checkpoint(path, entries, objects=objects, inside=inside)


def _entries(content: dict[str, object]) -> Iterator[Entry]:
    """Yield every table with tensors directly in it, outer ones first, each under the first path to it."""
    seen: set[int] = set()
    level: list[tuple[str, dict[str, object]]] = [("", content)]
    for _ in range(_DEEPEST):
        inner: list[tuple[str, dict[str, object]]] = []
        for path, table in level:
            if id(table) in seen:
                continue
            seen.add(id(table))
            tensors = {k: _stored(v) for k, v in table.items() if isinstance(v, Drawn) and isinstance(k, str)}
            if tensors:
                yield Entry(path, tensors, len(table) - len(tensors))
            inner += [
                (f"{path}.{key}" if path else key, value)
                for key, value in table.items()
                if isinstance(value, dict) and isinstance(key, str)
            ]
        level = inner


def _stored(drawn: Drawn) -> Stored:
    """Return a tensor's place in the file; one that its storage has no room for is at fault."""
    storage = drawn.storage
    if drawn.fault or storage is None:
        return Stored("", (), fault=drawn.fault or "has no values")
    start, end, proof = storage.place
    width = BYTES[drawn.dtype]
    stride = None if drawn.stride == contiguous(drawn.shape) else drawn.stride
    made = Stored(drawn.dtype, drawn.shape, start + drawn.offset * width, stride, block=(start, end, proof))
    count = 1
    for size in drawn.shape:
        count *= size
    if made.start + made.extent > end or count * width > end - start:
        return Stored(drawn.dtype, drawn.shape, fault="claims more values than the file holds")
    return made
