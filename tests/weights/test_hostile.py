"""Files made to hang, to fill memory or to run code: each is refused in one line, within bounded work."""

from __future__ import annotations

import io
import json
import os
import pickle
import pickletools
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from archc.files.errors import WorldError
from archc.weights.checkpoint import open_checkpoint
from archc.weights.files import read_weights
from archc.weights.inert_pickle import MOST_STEPS, NotPlain, Other, unpickled
from archc.weights.stored import MOST_TENSORS


def archive(data: bytes, records: dict[str, bytes] | None = None) -> bytes:
    """A torch archive with any pickle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
        made.writestr("a/data.pkl", data)
        for name, content in (records or {"a/data/0": bytes(4)}).items():
            made.writestr(name, content)
    return buffer.getvalue()


STORAGE = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQ"


def tensor(offset: bytes = b"K\x00", shape: bytes = b"K\x01\x85", stride: bytes = b"K\x01\x85") -> bytes:
    """The instructions of a tensor of one storage."""
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n("
        + STORAGE
        + offset
        + shape
        + stride
        + b"\x89ccollections\nOrderedDict\n)RtR"
    )


def table(value: bytes) -> bytes:
    return b"\x80\x02}X\x01\x00\x00\x00w" + value + b"s."


def long(number: int) -> bytes:
    return b"\x8a\x08" + struct.pack("<q", number)


ONES = b"(" + b"K\x01" * 200 + b"t"


def many_tensors(count: int) -> bytes:
    empty = tensor(shape=b"K\x00\x85")
    return b"\x80\x02}(" + b"".join(b"X\x06\x00\x00\x00%06d" % i + empty for i in range(count)) + b"u."


HOSTILE: dict[str, bytes] = {
    "empty tensors": archive(many_tensors(60_000)),
    "endless marks": archive(b"\x80\x02" + b"(" * 3_500_000 + b"."),
    "many steps": archive(b"\x80\x02" + b"N0" * (MOST_STEPS // 2 + 10) + b"N."),
    "huge text": archive(b"\x80\x02X\xff\xff\xff\x7fabc."),
    "huge bytes": archive(b"\x80\x04\x8e" + struct.pack("<Q", 1 << 62) + b"a."),
    "huge long": archive(b"\x80\x02\x8b\xff\xff\xff\x7f1."),
    "negative text": archive(b"\x80\x02T\xff\xff\xff\xffabc."),
    "huge memo": archive(b"\x80\x02Nr\xff\xff\xff\x7f."),
    "long digits": archive(b"I" + b"9" * 5000 + b"\n."),
    "no stop": archive(b"\x80\x02}"),
    "negative shape": archive(table(tensor(shape=long(-1) + b"\x85"))),
    "beyond the storage": archive(table(tensor(offset=b"K\x05"))),
    "endless shape": archive(table(tensor(shape=long(1 << 40) + b"\x85", stride=b"K\x00\x85"))),
    "overflowing stride": archive(table(tensor(shape=b"K\x03\x85", stride=long((1 << 62) + 1) + b"\x85"))),
    "many dimensions": archive(table(tensor(shape=ONES, stride=ONES))),
    "no storage": archive(table(tensor()), {"a/other": b""}),
    "wrong storage": archive(table(b"ctorch._utils\n_rebuild_tensor_v2\n(NK\x00)))tR")),
    "big endian": archive(table(tensor()), {"a/data/0": bytes(4), "a/byteorder": b"big"}),
    "script": archive(table(tensor()), {"a/data/0": bytes(4), "a/constants.pkl": b"."}),
    "ext code": archive(b"\x80\x02\x82\x01."),
    "build of a tensor": archive(table(tensor() + b"}b" + b"R")),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "w.pth").write_bytes(HOSTILE[name])
    with pytest.raises(WorldError) as caught:
        read_weights(tmp_path / "w.pth")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_keys_with_an_exponential_hash_are_passed_over() -> None:
    nested = b"K\x01" + b"q\x00h\x00\x86" * 60
    made = unpickled(b"\x80\x02}" + nested + b"Ns.")
    assert made.value == {}


def test_a_table_within_itself_ends(tmp_path: Path) -> None:
    data = b"\x80\x02}q\x00(X\x01\x00\x00\x00ah\x00X\x01\x00\x00\x00w" + tensor() + b"u."
    (tmp_path / "w.pth").write_bytes(archive(data))
    checkpoint = open_checkpoint(tmp_path / "w.pth")
    assert [entry.path for entry in checkpoint.entries] == [""]


def test_tables_that_hold_each_other_many_times_end(tmp_path: Path) -> None:
    level: dict[str, Any] = {"w": 1}
    for _ in range(40):
        level = {f"k{i}": level for i in range(20)}
    (tmp_path / "w.pth").write_bytes(archive(pickle.dumps(level, protocol=2)))
    assert open_checkpoint(tmp_path / "w.pth").entries == ()


class Call:
    def __init__(self, *made: Any) -> None:
        self.made = made

    def __reduce__(self) -> Any:
        return self.made


CALLS: list[Any] = [
    (os.system, ("true",)),
    (eval, ("1",)),
    (getattr, (Path, "write_text")),
    (__import__, ("os",)),
    (torch.load, ("x",)),
    (pickle.loads, (b".",)),
    (os.posix_spawn, ("a", (), {})),
]


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0].__name__)
def test_every_call_but_of_tensors_is_refused_by_name(call: Any, protocol: int, tmp_path: Path) -> None:
    data = pickle.dumps({"w": Call(*call)}, protocol=protocol)
    if protocol == 0:
        pickletools.dis(data, io.StringIO())
    (tmp_path / "w.pth").write_bytes(archive(data))
    with pytest.raises(WorldError, match="could run code") as caught:
        open_checkpoint(tmp_path / "w.pth")
    assert call[0].__name__ in str(caught.value)
    assert "weights_only" not in str(caught.value)


def test_names_of_classes_are_escaped(tmp_path: Path) -> None:
    (tmp_path / "w.pth").write_bytes(archive(b"\x80\x02c\x1b[31m\nsystem\n)R."))
    with pytest.raises(WorldError) as caught:
        open_checkpoint(tmp_path / "w.pth")
    assert str(caught.value).isprintable()


def test_an_object_is_a_note_of_its_class() -> None:
    made = unpickled(b"\x80\x02cargparse\nNamespace\n)\x81}X\x02\x00\x00\x00lrK\x01sb.")
    assert isinstance(made.value, Other)
    assert list(made.kinds) == ["argparse.Namespace"]


def test_a_header_of_too_many_tensors(tmp_path: Path) -> None:
    entry = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    header = json.dumps({f"t{i}": entry for i in range(MOST_TENSORS + 1)}).encode()
    (tmp_path / "w.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(WorldError, match="more than 50,000 tensors"):
        read_weights(tmp_path / "w.safetensors")


def test_an_archive_of_a_million_records_is_refused_before_it_is_listed(tmp_path: Path) -> None:
    one = (
        struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)
        + b"a"
    )
    listed = one * 400_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, len(listed), 4, 0)
    (tmp_path / "w.pth").write_bytes(b"PK\x03\x04" + listed + end)
    with pytest.raises(WorldError, match="too many records"):
        read_weights(tmp_path / "w.pth")


def test_a_flipped_bit_of_a_value_is_found(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    torch.save({"w": torch.ones(1000)}, path)
    raw = bytearray(path.read_bytes())
    raw[raw.index(struct.pack("<f", 1.0) * 100) + 50] ^= 4
    path.write_bytes(raw)
    with pytest.raises(WorldError, match="damaged"):
        read_weights(path)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.skipif(os.name == "nt", reason="there are no such files")
@pytest.mark.parametrize("made", [_pipe, _device, Path.mkdir])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors", ".ckpt"])
def test_what_is_no_file_is_not_waited_for(made: Callable[[Path], None], suffix: str, tmp_path: Path) -> None:
    made(tmp_path / f"w{suffix}")
    with pytest.raises(WorldError):
        read_weights(tmp_path / f"w{suffix}")


def flips(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), 3):
        changed = bytearray(data)
        changed[at] ^= 1 << (at % 8)
        yield bytes(changed)


def test_any_changed_byte_of_a_pickle_is_read_or_refused() -> None:
    buffer = io.BytesIO()
    torch.save({"state_dict": {"a": torch.ones(2), "b": torch.ones(1, 3)}, "epoch": 1}, buffer)
    with zipfile.ZipFile(buffer) as made:
        data = made.read("archive/data.pkl")
    for changed in flips(data):
        try:
            unpickled(changed)
        except NotPlain:
            continue
