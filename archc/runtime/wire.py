"""A look into an ONNX file before any library opens it: how much is in it, whether it points outside itself.

onnxruntime follows external data wherever a file says, and takes half a minute over a graph of 200,000 nodes;
a file from a stranger is walked first, field by field, as protobuf lays them out. Nothing is copied.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archc.files.errors import WorldError, from_os_error

MOST_BYTES = 2**31 - 1
"""Where protobuf ends."""
MOST_NODES = 20_000
_DEEPEST = 8
"""Levels of graphs within nodes."""

View = memoryview
_HELP = "open only files that `archc export` or another exporter you trust wrote"


@dataclass(slots=True)
class _Count:
    path: Path
    nodes: int = 0


def inspect(path: Path) -> None:
    """Nothing, if `path` is an ONNX file that stays within the limits and holds all of its own weights.

    Raises:
        WorldError: it cannot be read, is no ONNX file, is too large, or points to other files.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise WorldError(f"`{path}` is {size / 1e9:.1f} GB, more than one ONNX file can hold")
        if size == 0:
            raise WorldError(f"`{path}` is empty")
        with path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        # Not closed by hand: the views of a fault's traceback still look into it.
        _walk_model(memoryview(content), _Count(path))
    except (_Malformed, IndexError) as fault:
        raise WorldError(f"`{path}` is not an ONNX file, or it is damaged", "export it again") from fault
    except OSError as error:
        raise from_os_error("read", path, error) from error


class _Malformed(Exception):
    """Bytes that are not protobuf."""


def _walk_model(model: View, count: _Count) -> None:
    graphs = 0
    for number, value in _fields(model):
        if number == 7:  # graph
            graphs += 1
            _walk_graph(value, count, 0)
        elif number == 25:  # functions
            _walk_nodes(value, count, 7, 0)
    if not graphs:
        raise _Malformed


def _walk_graph(graph: View, count: _Count, depth: int) -> None:
    _walk_nodes(graph, count, 1, depth)
    for number, value in _fields(graph):
        if number == 5:  # initializer
            _walk_tensor(value, count)
        elif number == 15:  # sparse_initializer
            _walk_sparse(value, count)


def _walk_nodes(owner: View, count: _Count, field: int, depth: int) -> None:
    for number, value in _fields(owner):
        if number != field:
            continue
        count.nodes += 1
        if count.nodes > MOST_NODES:
            raise WorldError(f"`{count.path}` has more than {MOST_NODES} nodes", _HELP)
        for inner, attribute in _fields(value):
            if inner == 5:
                _walk_attribute(attribute, count, depth)


def _walk_attribute(attribute: View, count: _Count, depth: int) -> None:
    for number, value in _fields(attribute):
        if number in (5, 10):  # t, tensors
            _walk_tensor(value, count)
        elif number in (22, 23):  # sparse_tensor, sparse_tensors
            _walk_sparse(value, count)
        elif number in (6, 11):  # g, graphs
            if depth >= _DEEPEST:
                raise WorldError(f"`{count.path}` has graphs within graphs, more than {_DEEPEST} deep", _HELP)
            _walk_graph(value, count, depth + 1)


def _walk_sparse(sparse: View, count: _Count) -> None:
    for number, value in _fields(sparse):
        if number in (1, 2):  # values, indices
            _walk_tensor(value, count)


def _walk_tensor(tensor: View, count: _Count) -> None:
    for number, value in _fields(tensor):
        if number == 13 or (number == 14 and any(value)):  # external_data, data_location
            raise WorldError(
                f"`{count.path}` keeps weights in other files, which archc does not open",
                "export it as one file",
            )


def _fields(message: View) -> Iterator[tuple[int, View]]:
    """Number and content of each field; of a varint, its bytes without the continuation bits."""
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
            raise _Malformed
        if number == 0 or at + size > end:
            raise _Malformed
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
    raise _Malformed
