"""An ONNX file held against the digest in its metadata before any library opens it.

`archc export` writes the entry `archc.digest` last: the seal (`archc.files.seal`) of the whole file, graph,
weights and metadata alike. Files of external data, which a model beyond 2 GB has, are listed in the entry
`archc.external` by size and SHA-256, and so under the same seal.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from archc.files.errors import WorldError, from_os_error
from archc.files.hashing import Fingerprint, fingerprint
from archc.files.regular import open_regular
from archc.files.seal import KEY, is_intact, place_in_onnx, seal
from archc.runtime.wire import Malformed, metadata

EXTERNAL = "archc.external"
"""The metadata's key of the files beside the model: `{name: {"bytes": ..., "sha256": ...}}`."""


def read_metadata(path: Path) -> dict[str, str]:
    """Return the metadata of an ONNX file; what is not archc's may be in any encoding and is read leniently.

    Raises:
        WorldError: the file cannot be read, is no ONNX file, or text of archc in it is not UTF-8.
    """
    with open_regular(path) as file:
        entries, _ = _entries(path, file)
    try:
        return {
            key.decode("utf-8", "replace"): value.decode("utf-8", "strict" if _ours(key) else "replace")
            for key, value in entries.items()
        }
    except UnicodeDecodeError as fault:
        raise _nonsense(path) from fault


def require_intact(path: Path) -> None:
    """Raise `WorldError` where an ONNX file, or a file of its external data, is not as archc wrote it."""
    with open_regular(path) as file:
        entries, place = _entries(path, file)
        try:
            if not is_intact(file, place):
                raise _changed(path)
        except OSError as error:
            raise from_os_error("read", path, error) from error
    for name, facts in _external(path, entries).items():
        if fingerprint(path.parent / name) != facts:
            raise _changed(path.parent / name)


def seal_model(path: Path) -> None:
    """Write the digest of an ONNX file, whose metadata has a field for it, into that field.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("r+b") as file:
        _, place = _entries(path, file)
        assert place is not None, "the metadata has a field for the digest"
        seal(file, place)


def _entries(path: Path, file: BinaryIO) -> tuple[dict[bytes, bytes], int | None]:
    """Return the metadata as it stands, and where the digits of its digest begin."""
    try:
        # Not closed by hand: the views of a fault's traceback still look into it.
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        found = list(metadata(memoryview(content)))
    except (Malformed, IndexError, ValueError) as fault:
        raise WorldError(f"`{path}` is not an ONNX file, or it is damaged", "export it again") from fault
    except OSError as error:
        raise from_os_error("read", path, error) from error
    digests = [value for key, value in found if key == KEY.encode()]
    place = place_in_onnx(content) if len(digests) == 1 else None
    if place is not None and content[place : place + len(digests[0])] != digests[0]:
        place = None  # a text that looks alike stands behind it
    return dict(found), place


def _external(path: Path, entries: Mapping[bytes, bytes]) -> dict[str, Fingerprint]:
    """Return the files of external data by their names, which lead nowhere else."""
    try:
        told = json.loads(entries.get(EXTERNAL.encode(), b"{}"))
        listed = {str(name): _listed(row) for name, row in told.items()}
        if not all(map(_is_plain, listed)):
            raise ValueError(told)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise _nonsense(path) from fault
    return listed


def _listed(row: Mapping[str, Any]) -> Fingerprint:
    return Fingerprint(row["bytes"], row["sha256"])


def _is_plain(name: str) -> bool:
    return name not in ("", ".", "..") and not set(name) & set("/\\\0:")


def _ours(key: bytes) -> bool:
    return key.startswith(b"archc.")


def _nonsense(path: Path) -> WorldError:
    return WorldError(f"`{path}` describes itself in a way that makes no sense", "export it again")


def _changed(path: Path) -> WorldError:
    return WorldError(
        f"`{path}` is not as `archc export` wrote it: it is damaged, or another tool changed it",
        "copy or export it again; if a tool such as a quantizer changed it on purpose, --modified takes it "
        "as it is (`open_model(path, modified=True)` in Python)",
    )
