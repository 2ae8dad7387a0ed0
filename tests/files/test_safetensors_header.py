"""The header is read without torch, and a file that contradicts itself is refused."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archc.files.errors import WorldError
from archc.files.safetensors_header import Entry, read_header

Write = Callable[[str, str | bytes], Path]


def packed(header: Any, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype: str = "F32", shape: Any = (2,), offsets: Any = (0, 8)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def test_tensors_and_metadata(write: Write) -> None:
    table = {"__metadata__": {"archc.spec": "x"}, "b": entry(), "a": entry("I64", [], [8, 16])}
    header = read_header(write("w.safetensors", packed(table, bytes(16))))
    assert header.metadata == {"archc.spec": "x"}
    assert header.tensors == {"b": Entry("F32", (2,), 0, 8), "a": Entry("I64", (), 8, 16)}
    assert read_header(write("e.safetensors", packed({}))).tensors == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"short",
        b"<html>404 Not Found</html>",
        struct.pack("<Q", 2**63) + b"{}",
        packed(b"not json"),
        packed([]),
        packed(b"[" * 100_000),
        packed({"a": 1}),
        packed({"a": entry()}, bytes(7)),
        packed({"a": entry()}, bytes(9)),
        packed({"a": entry(shape=[3])}, bytes(8)),
        packed({"a": entry(shape=[-2])}, bytes(8)),
        packed({"a": entry(shape=[True, 2])}, bytes(8)),
        packed({"a": entry(shape=[2**62] * 1000)}, bytes(8)),
        packed({"a": entry(offsets=[8, 0])}, bytes(8)),
        packed({"a": entry(offsets=[0, 8, 9])}, bytes(8)),
        packed({"a": entry(), "b": entry()}, bytes(8)),
        packed({"a": entry(), "b": entry(offsets=[16, 24])}, bytes(24)),
        packed(b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8"}}'),
        packed({"__metadata__": {"x": 1}}),
        packed({"__metadata__": "text"}),
    ],
)
def test_refused(write: Write, content: bytes) -> None:
    with pytest.raises(WorldError, match=r"w\.safetensors"):
        read_header(write("w.safetensors", content))


def test_every_cut_is_seen(write: Write) -> None:
    whole = packed({"a": entry()}, bytes(8))
    for length in range(len(whole)):
        with pytest.raises(WorldError):
            read_header(write("w.safetensors", whole[:length]))


def test_absent(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="cannot read"):
        read_header(tmp_path / "w.safetensors")
