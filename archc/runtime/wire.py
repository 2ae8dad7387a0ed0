"""A look into an ONNX file before any library opens it: how much is in it, its operators, where it points.

onnxruntime follows external data wherever a file says, writes functions out until memory ends, and takes half
a minute over a graph of 200,000 nodes; a file from a stranger is walked first, field by field, as
protobuf lays them out. Nothing is copied.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archc.files.errors import WorldError, from_os_error, shortened
from archc.files.regular import open_regular
from archc.run.layout import PLAN
from archc.runtime.operators import known

MOST_BYTES = 2**31 - 1
"""Where protobuf ends."""
MOST_NODES = 20_000
MOST_ENTRIES = 1_000
"""Entries of metadata, and operator sets."""
MOST_FIELDS = 3_000_000
"""Fields of all messages together: three seconds' worth."""
_STRING = 8
"""The type of a tensor of texts."""

View = memoryview
_HELP = "open only files that `archc export` or another exporter you trust wrote"


@dataclass(slots=True)
class _Count:
    path: Path
    nodes: int = 0
    entries: int = 0
    fields: int = 0

    def refused(self, what: str, help: str = _HELP) -> WorldError:
        return WorldError(f"`{shortened(self.path)}` {what}", help)

    def of(self, message: View) -> Iterator[tuple[int, View]]:
        """Yield number and content of each field, and count the fields."""
        for field in _fields(message):
            self.fields += 1
            if self.fields > MOST_FIELDS:
                raise self.refused(f"is made of more than {MOST_FIELDS // 10**6} million parts")
            yield field


def inspect(path: Path) -> int:
    """Return the number of nodes of the ONNX file at `path`, if it stays within the limits.

    Raises:
        WorldError: it cannot be read, is no ONNX file, is too large, points to other files, or holds anything
            that archc does not write: functions, graphs within nodes, other operators, texts, sparse weights.
    """
    if path.is_dir():
        help = f"export it first: archc export {path} --onnx" if (path / PLAN).exists() else "name a file"
        raise WorldError(f"`{path}` is a folder, not an exported model", help)
    try:
        with open_regular(path) as file:
            size = file.seek(0, 2)
            if size > MOST_BYTES:
                raise WorldError(f"`{path}` is {size / 1e9:.1f} GB, more than one ONNX file can hold")
            if size == 0:
                raise WorldError(f"`{path}` is empty")
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        # Not closed by hand: the views of a fault's traceback still look into it.
        count = _Count(path)
        _walk_model(memoryview(content), count)
        return count.nodes
    except (Malformed, IndexError, UnicodeDecodeError) as fault:
        raise WorldError(f"`{path}` is not an ONNX file, or it is damaged", "export it again") from fault
    except OSError as error:
        raise from_os_error("read", path, error) from error


class Malformed(Exception):
    """Bytes that are not protobuf."""


def metadata(model: View) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and value of each entry of a model's metadata, as they stand.

    Raises:
        Malformed: the bytes are not protobuf.
    """
    for number, entry in _fields(model):
        if number == 14:  # metadata_props
            told = dict(_fields(entry))
            yield bytes(told.get(1, b"")), bytes(told.get(2, b""))


def _walk_model(model: View, count: _Count) -> None:
    graphs = 0
    for number, value in count.of(model):
        if number == 7:  # graph
            graphs += 1
            _walk_graph(value, count)
        elif number in (8, 14):  # opset_import, metadata_props
            count.entries += 1
            if count.entries > MOST_ENTRIES:
                raise count.refused(f"has more than {MOST_ENTRIES} entries of metadata")
        elif number == 20:  # training_info
            raise count.refused("holds instructions for training, which archc does not write")
        elif number == 25:  # functions
            raise count.refused("has functions of its own, which archc does not write")
    if graphs != 1:
        raise Malformed


def _walk_graph(graph: View, count: _Count) -> None:
    for number, value in count.of(graph):
        if number == 1:  # node
            _walk_node(value, count)
        elif number == 5:  # initializer
            _walk_tensor(value, count)
        elif number == 15:  # sparse_initializer
            raise count.refused("has sparse weights, which archc does not write")


def _walk_node(node: View, count: _Count) -> None:
    count.nodes += 1
    if count.nodes > MOST_NODES:
        raise count.refused(f"has more than {MOST_NODES} nodes")
    domain = op_type = None
    for number, value in count.of(node):
        if number == 5:
            _walk_attribute(value, count)
        elif number == 4:
            op_type = _once(op_type, value)
        elif number == 7:
            domain = _once(domain, value)
    if not known(domain or "", op_type or ""):
        shown = f"{domain}.{op_type}" if domain else op_type
        raise count.refused(f"has a node of the operator `{(shown or '')[:80]}`, which archc does not write")


def _once(before: str | None, value: View) -> str:
    """Return the text of a field that stands once: of several, each reader of protobuf may take another."""
    if before is not None:
        raise Malformed
    return bytes(value).decode()


def _walk_attribute(attribute: View, count: _Count) -> None:
    for number, value in count.of(attribute):
        if number in (5, 10):  # t, tensors
            _walk_tensor(value, count)
        elif number in (22, 23):  # sparse_tensor, sparse_tensors
            raise count.refused("has sparse weights, which archc does not write")
        elif number in (6, 11):  # g, graphs
            raise count.refused("has graphs within nodes (Loop, If, Scan), which archc does not write")


def _walk_tensor(tensor: View, count: _Count) -> None:
    for number, value in count.of(tensor):
        if number == 13 or (number == 14 and any(value)):  # external_data, data_location
            raise count.refused(
                "keeps weights in other files, which archc does not open", "export it as one file"
            )
        if number == 6 or (number == 2 and value[0] == _STRING and not any(value[1:])):
            raise count.refused("has texts among its weights, which archc does not write")


def _fields(message: View) -> Iterator[tuple[int, View]]:
    """Yield number and content of each field; of a varint, its bytes without the continuation bits."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        kind, number = key & 7, key >> 3
        if kind == 0:
            value, at = _varint(message, at)
            yield number, memoryview(value.to_bytes(10, "little"))
            continue
        if kind == 2:
            size, at = _varint(message, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise Malformed
        if number == 0 or at + size > end:
            raise Malformed
        yield number, message[at : at + size]
        at += size


def _varint(message: View, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise Malformed
