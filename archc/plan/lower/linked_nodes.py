"""The nodes of a recorded body for one input, kept for the next spec that has the same body at that size.

Specs are many and bodies few: who checks a folder of specs meets the same ones again and again.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from archc.bodies.body import IMAGE, BodyRecord
from archc.ops.dims import Dim
from archc.ops.facts import infer
from archc.ops.faults import ShapeFault
from archc.ops.initializers import Init
from archc.ops.node import Node, SpecPath
from archc.ops.tensors import TensorType
from archc.plan.bounds import endless
from archc.spec import layers as ops
from archc.spec.frozen import Frozen, frozen
from archc.spec.layers import Op


@frozen
class Place(Frozen):
    """Where a body stands: the value it reads, before and behind its values' names, its place in the spec."""

    image: str
    prefix: str
    suffix: str
    origin: SpecPath

    def name(self, of: str) -> str:
        """Return the plan's name for a value of the record."""
        return f"{self.prefix}.{of}{self.suffix}"

    def module(self, path: str) -> str:
        """Return the plan's path of a module of the record."""
        return f"{self.prefix}.{path}" if path else self.prefix


@lru_cache(maxsize=512)
def linked_nodes(
    record: BodyRecord, cut: int, image: TensorType, place: Place
) -> tuple[tuple[Node, ...], Mapping[str, TensorType]] | None:
    """Return a body's nodes up to `cut` and the types of their values; None where one does not fit."""
    types, nodes = {IMAGE: image}, []
    steps = _steps(record, cut, image.shape[1], place)
    try:
        for index, name, op, inputs, read, module, init in steps:
            given = (types[inputs[0]],) if len(inputs) == 1 else tuple([types[i] for i in inputs])
            resolved, out = infer(op, given)
            if (not given or out is not given[0]) and endless(out.shape):
                return None
            types[index] = out
            nodes.append(Node(name, resolved, read, module, out, init, place.origin))
    except ShapeFault:
        _steps.cache_clear()
        return None
    steps[:] = [(*step[:2], node.op, *step[3:]) for step, node in zip(steps, nodes, strict=True)]
    return tuple(nodes), {node.name: node.out for node in nodes}


UntypedNode = tuple[int, str, Op, tuple[int, ...], tuple[str, ...], str, tuple[tuple[str, Init], ...]]
"""A node before its type is known: index, name, op, indices and names of what it reads, module, init."""


@lru_cache(maxsize=256)
def _steps(record: BodyRecord, cut: int, channels: Dim, place: Place) -> list[UntypedNode]:
    """Return what is the same at every size: a body's ops with what channels decide filled in, once linked.

    Mostly a size decides nothing else, and where it does the op does not fit and all is done anew.
    """
    names = {IMAGE: place.image}
    names |= {index: place.name(record.nodes[index].name) for index in record.within(cut)}
    steps = []
    for index in record.within(cut):
        node = record.nodes[index]
        op = for_channels(node.op, channels, IMAGE in node.inputs)
        read = tuple([names[i] for i in node.inputs])
        steps.append((index, names[index], op, node.inputs, read, place.module(node.module), node.init))
    return steps


def for_channels(op: Op, channels: Dim, reads_image: bool) -> Op:
    """Return the first convolution of a body, or of a library's part, for other than 3 channels."""
    if not reads_image:
        return op
    if isinstance(op, ops.LibraryPart) or (isinstance(op, ops.Conv2d) and op.groups == 1):
        return op.changed(in_channels=channels)
    return op
