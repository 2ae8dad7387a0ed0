"""The parameters and buffers of a plan by their names: the keys of the built module's state dict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archc.catalog.costs import buffers, parameters
from archc.catalog.graph import Node
from archc.plan.plan import Plan


@dataclass(frozen=True, slots=True)
class Tensor:
    """A named tensor of the model, and the node that owns it."""

    name: str
    shape: tuple[int, ...]
    node: Node

    @property
    def size(self) -> int:
        """The number of values."""
        count = 1
        for dim in self.shape:
            count *= dim
        return count


def named_parameters(plan: Plan) -> Iterator[Tensor]:
    """Every learnt tensor once, in execution order."""
    for node in plan.modules():
        for name, shape in parameters(node.op):
            yield Tensor(_joined(node.module, name), shape, node)


def named_buffers(plan: Plan) -> Iterator[Tensor]:
    """Every saved tensor that is not learnt, once, in execution order."""
    for node in plan.modules():
        for name, shape in buffers(node.op):
            yield Tensor(_joined(node.module, name), shape, node)


def _joined(module: str, name: str) -> str:
    return f"{module}.{name}" if name else module
