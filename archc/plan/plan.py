"""The Plan: the compiled form of a spec, before any framework."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archc.catalog.body import BodyRecord
from archc.catalog.graph import Node
from archc.catalog.tensors import TensorType


@dataclass(frozen=True, slots=True)
class Input:
    """A graph input; `channels` is 3 for a picture, `mean` and `std` are its normalisation."""

    name: str
    type: TensorType
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class BodyUse:
    """Where a body stands in the plan, what is known of it, and where its weights come from."""

    prefix: str
    ref: str
    cut: str
    weights: str
    in_channels: int
    record: BodyRecord | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """A typed graph: inputs, nodes in execution order, and outputs (name of output, name of value)."""

    name: str
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[tuple[str, str], ...]
    bodies: tuple[BodyUse, ...] = ()

    def types(self) -> dict[str, TensorType]:
        """The type of every value by its name."""
        return {i.name: i.type for i in self.inputs} | {n.name: n.out for n in self.nodes}

    def modules(self) -> Iterator[Node]:
        """The first node of each module path: every module once, in execution order."""
        seen: set[str] = set()
        for node in self.nodes:
            if node.module not in seen:
                seen.add(node.module)
                yield node
