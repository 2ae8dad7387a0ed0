"""The Plan: the compiled form of a spec, before any framework."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archc.bodies.body import BodyRecord
from archc.ops.node import Node, SpecPath
from archc.ops.tensors import TensorType
from archc.plan.bounds import USUAL, Bounds
from archc.plan.inputs import Input
from archc.plan.outputs import Output
from archc.spec.frozen import Frozen, beside, frozen
from archc.spec.model import WeightsFile

WRITTEN = "the spec's own body"
"""The text that stands where a library's body has its ref."""
SCORES = "scores"
"""The name of the only output of a model."""
EMBEDDING = "embedding_"
"""The beginning of the names of outputs that are embeddings."""
Ends = tuple[tuple[str, str], ...]
"""Names of outputs with the names of their values, while a model is lowered."""


@frozen
class BodyUse(Frozen):
    """Where a body stands in the plan, what is known of it, and where its weights come from.

    `weights` is "none", a published name, or a path; `file` says more of a path, where the spec does.
    `origin` is the place in the spec that all of its nodes come from. Their names do not tell them: a node
    that the spec calls `encoder.tail` is none of the body `encoder`'s.
    """

    prefix: str
    ref: str
    cut: str
    weights: str
    in_channels: int
    record: BodyRecord | None = beside(default=None)
    origin: SpecPath = beside(default=())
    file: WeightsFile | None = None

    def holds(self, node: Node) -> bool:
        """Return whether the node is one of the body's own, in any use of it."""
        return node.origin == self.origin and f"{node.module}.".startswith(f"{self.prefix}.")


@frozen
class Plan(Frozen):
    """A typed graph: inputs, nodes in execution order, and outputs.

    `bounds` and `search`, the folders of recorded bodies, are those it was lowered with. `start` is the file
    that all of it starts from, if the spec names one.
    """

    name: str
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Output, ...]
    bodies: tuple[BodyUse, ...] = ()
    bounds: Bounds = beside(default=USUAL)
    search: tuple[Path, ...] = beside(default=())
    start: WeightsFile | None = None

    def __repr__(self) -> str:
        """Return the name and the sizes alone: a plan of a U-Net in full is 70,000 letters."""
        sizes = f"{len(self.inputs)} inputs, {len(self.nodes)} nodes, {len(self.outputs)} outputs"
        return f"Plan({self.name!r}, {sizes})"

    def types(self) -> dict[str, TensorType]:
        """Return the type of every value by its name."""
        return {i.name: i.type for i in self.inputs} | {n.name: n.out for n in self.nodes}

    def body_of(self, node: Node) -> BodyUse | None:
        """Return the body that the node belongs to; None where the spec describes the node itself."""
        return next((body for body in self.bodies if body.holds(node)), None)

    def modules(self) -> Iterator[Node]:
        """Yield the first node of each module path: every module once, in execution order."""
        seen: set[str] = set()
        for node in self.nodes:
            if node.module not in seen:
                seen.add(node.module)
                yield node
