"""The costs of a model as a whole: parameters, multiply-adds, activations."""

from __future__ import annotations

from collections.abc import Iterator

from archc.ops.dims import evaluate
from archc.ops.facts import learned, multiply_adds
from archc.ops.node import Node
from archc.ops.tensors import TensorType
from archc.plan.parameters import named_buffers, named_parameters
from archc.plan.plan import Plan
from archc.spec.frozen import Frozen, frozen

_BYTES = {"float32": 4, "int64": 8, "uint8": 1}


@frozen
class Totals(Frozen):
    """The model as a whole; activations in bytes of float32 for a batch.

    `kept` is what training keeps for the backward pass when every layer keeps its output; `peak` is the most
    that is alive at once when the model only answers.
    """

    parameters: int
    buffers: int
    multiply_adds: int
    kept: int
    peak: int


def totals(plan: Plan, batch: int) -> Totals:
    """Return the sums over the plan, for a batch of `batch` images."""
    each = tuple(costed(plan))
    return Totals(
        parameters=sum(t.size for t in named_parameters(plan)),
        buffers=sum(t.size for t in named_buffers(plan)),
        multiply_adds=sum(m for _, _, m in each),
        kept=sum(_bytes(n.out, batch) for n in plan.nodes),
        peak=_peak(plan, batch),
    )


def costed(plan: Plan) -> Iterator[tuple[Node, int, int]]:
    """Yield each node with its parameters, counted at their first use, and its multiply-adds of one image."""
    types = plan.types()
    seen: set[str] = set()
    for node in plan.nodes:
        count = 0
        if node.module not in seen:
            seen.add(node.module)
            count = learned(node.op)
        macs = multiply_adds(node.op, tuple(types[i] for i in node.inputs), node.out)
        yield node, count, evaluate(macs, {"N": 1})


def _bytes(type: TensorType, batch: int) -> int:
    size = _BYTES[type.dtype]
    for dim in type.shape:
        size *= evaluate(dim, {"N": batch})
    return size


def _peak(plan: Plan, batch: int) -> int:
    types = plan.types()
    last = _last_uses(plan)
    alive: dict[str, int] = {i.name: _bytes(i.type, batch) for i in plan.inputs}
    held = most = sum(alive.values())
    ending: dict[int, list[str]] = {}
    for name in (*alive, *(node.name for node in plan.nodes)):
        ending.setdefault(last.get(name, 0), []).append(name)
    for index, node in enumerate(plan.nodes):
        alive[node.name] = _bytes(types[node.name], batch)
        held += alive[node.name]
        most = max(most, held)
        held -= sum(alive.pop(name) for name in ending.get(index, ()))
    return most


def _last_uses(plan: Plan) -> dict[str, int]:
    last = {name: i for i, node in enumerate(plan.nodes) for name in (*node.inputs, node.name)}
    return last | {output.value: len(plan.nodes) for output in plan.outputs}
