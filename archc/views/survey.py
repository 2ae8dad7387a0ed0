"""The parts of a body, before any spec: for `archc bodies`."""

from __future__ import annotations

from archc.bodies.catalog import IMAGE, BodyRecord
from archc.ops.dims import evaluate
from archc.ops.facts import infer, multiply_adds, parameters
from archc.ops.faults import ShapeFault
from archc.ops.tensors import TensorType
from archc.plan.bounds import USUAL, endless
from archc.plan.lower.builder import BATCH
from archc.spec.frozen import Frozen, frozen


@frozen
class CutPoint(Frozen):
    """A place where a body can be cut or tapped: its name, the type there, and what lies up to it."""

    name: str
    op: str
    out: TensorType
    parameters: int
    multiply_adds: int


def parts(record: BodyRecord, size: tuple[int, int]) -> tuple[CutPoint, ...]:
    """Return every node of a transparent body in execution order, at an image size; costs are sums so far.

    Raises:
        ShapeFault: a node does not fit its inputs, or is beyond what can be computed: a stranger's record.
    """
    types = {IMAGE: TensorType((BATCH, 3, *size))}
    seen: set[str] = set()
    held = work = 0
    found: list[CutPoint] = []
    for index, node in enumerate(record.nodes):
        given = tuple(types[i] for i in node.inputs)
        op, types[index] = infer(node.op, given)
        if endless(types[index].shape):
            raise ShapeFault(f"`{node.name}` makes a value that no library computes")
        work += evaluate(multiply_adds(op, given, types[index]), {"N": 1})
        if node.module not in seen:
            seen.add(node.module)
            held += sum(_volume(shape) for _, shape in parameters(op))
        if held > USUAL.parameters:
            raise ShapeFault(f"it has more than {USUAL.parameters:,} parameters as of `{node.name}`")
        at = record.computed_at(index)
        sums = (held, work) if at == index else (found[at].parameters, found[at].multiply_adds)
        found.append(CutPoint(node.name, op.op, types[index], *sums))
    return tuple(found)


def _volume(shape: tuple[int, ...]) -> int:
    size = 1
    for dim in shape:
        size *= dim
    return size
