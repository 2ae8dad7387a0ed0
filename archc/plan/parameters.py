"""The parameters and buffers of a plan by their names: the keys of the built module's state dict."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

from archc.ops.facts import buffers, learned, parameters
from archc.ops.node import Node
from archc.plan.checks.once import once
from archc.plan.plan import Plan


class Tensor(NamedTuple):
    """A named tensor of the model, and the node that owns it."""

    name: str
    shape: tuple[int, ...]
    node: Node

    @property
    def size(self) -> int:
        """The number of values."""
        return prod(self.shape)


def named_parameters(plan: Plan) -> Iterator[Tensor]:
    """Return name, shape and node of every parameter, each once, in execution order."""
    return iter(_learned(plan))


@once
def _learned(plan: Plan) -> tuple[Tensor, ...]:
    return tuple(
        [
            Tensor(_joined(node.module, name), shape, node)
            for node in plan.modules()
            for name, shape in parameters(node.op)
        ]
    )


def parameter_count(plan: Plan) -> int:
    """Return the number of parameters: of all values that are learned."""
    count = 0
    seen: set[str] = set()
    for node in plan.nodes:
        held = learned(node.op)
        if held and node.module not in seen:
            seen.add(node.module)
            count += held
    return count


def named_buffers(plan: Plan) -> Iterator[Tensor]:
    """Yield name, shape and node of every buffer, each once, in execution order."""
    for node in plan.modules():
        for name, shape in buffers(node.op):
            yield Tensor(_joined(node.module, name), shape, node)


def _joined(module: str, name: str) -> str:
    return f"{module}.{name}" if name else module
