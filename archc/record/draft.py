"""The graph as it grows while a trace is read: nodes in execution order with the types of their values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from archc.bodies.body import IMAGE
from archc.ops.facts import infer
from archc.ops.faults import ShapeFault
from archc.ops.tensors import TensorType
from archc.record.faults import Unrecordable
from archc.spec import layers as ops
from archc.spec.layers import Op

_VIEWS = (ops.Narrow, ops.Select, ops.Flatten, ops.Permute, ops.Identity)


class At(NamedTuple):
    """A tensor while tracing: the index of the node that made it, or `IMAGE`."""

    node: int


class DraftNode(NamedTuple):
    """One application of an op."""

    name: str
    module: str
    op: Op
    inputs: tuple[int, ...]


@dataclass(slots=True)
class Draft:
    """A growing graph.

    Attributes:
        image: the type of the body's input.
        reserved: names of modules and parameters, which no functional call may take.
    """

    image: TensorType
    reserved: frozenset[str]
    nodes: list[DraftNode] = field(default_factory=list)
    types: list[TensorType] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)
    _changed: dict[int, str] = field(default_factory=dict)

    def type_of(self, value: At) -> TensorType:
        return self.image if value.node == IMAGE else self.types[value.node]

    def emit(self, op: Op, inputs: Iterable[At], name: str, module: str, *, in_place: bool = False) -> At:
        """Add a node that applies `op` to `inputs`, and return its value.

        Raises:
            Unrecordable: shapes do not fit, or an input was overwritten before.
        """
        given = tuple(inputs)
        for value in given:
            if (writer := self._changed.get(value.node)) is not None:
                raise Unrecordable(f"`{name}` reads a value that `{writer}` has changed in place")
        try:
            _, out = infer(op, tuple(self.type_of(value) for value in given))
        except ShapeFault as fault:
            raise Unrecordable(f"`{name}`: {fault.message}") from fault
        if in_place:
            self._overwrite(given[0].node, name)
        self._names.add(name)
        self.nodes.append(DraftNode(name, module, op, tuple(value.node for value in given)))
        self.types.append(out)
        return At(len(self.nodes) - 1)

    def applied(self, path: str) -> str:
        """Return the name of the next value of the module at `path`: the path, numbered after the first."""
        return path if path not in self._names else self._numbered(path)

    def called(self, scope: str, function: str) -> str:
        """Return a free name for the value of a function called in the module at `scope`."""
        wanted = f"{scope}.{function}" if scope else function
        return wanted if wanted not in self._names | self.reserved else self._numbered(wanted)

    def _numbered(self, name: str) -> str:
        taken = self._names | self.reserved
        number = 1
        while f"{name}_{number}" in taken:
            number += 1
        return f"{name}_{number}"

    def _overwrite(self, index: int, writer: str) -> None:
        """Mark a value, and those it is a view of, as changed."""
        self._changed[index] = writer
        if index != IMAGE and isinstance(self.nodes[index].op, _VIEWS):
            self._overwrite(self.nodes[index].inputs[0], writer)
