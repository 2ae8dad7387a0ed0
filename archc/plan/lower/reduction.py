"""How much smaller than the image each map of a body is."""

from __future__ import annotations

import math
from contextlib import suppress
from functools import lru_cache

from archc.bodies.catalog import IMAGE, BodyRecord
from archc.ops.facts import infer
from archc.ops.faults import ShapeFault
from archc.ops.tensors import TensorType
from archc.plan.bounds import endless
from archc.plan.lower.builder import BATCH

NOMINAL = 2048
"""Pixels each way of the image that reductions are counted at: every one shows as a whole number."""


def reduction(record: BodyRecord, index: int, nominal: int = NOMINAL) -> int | None:
    """Return the input size over the size of a node's map; None where the node makes no map.

    Of an image of `nominal` pixels each way, but where the body takes one size only.
    Unpadded convolutions leave a map a little short of a power of two's share: it counts as that power.
    """
    return _reductions(record, record.size[0] if record.fixed_size else nominal)[index]


@lru_cache(maxsize=32)
def _reductions(record: BodyRecord, nominal: int) -> tuple[int | None, ...]:
    """Return the reductions of all nodes."""
    types: dict[int, TensorType] = {IMAGE: TensorType((BATCH, record.channels, nominal, nominal))}
    for index, node in enumerate(record.nodes):
        if all(i in types for i in node.inputs):
            with suppress(ShapeFault):
                out = infer(node.op, tuple(types[i] for i in node.inputs))[1]
                if not endless(out.shape):
                    types[index] = out
    return tuple(_share(types.get(index), nominal) for index, _ in enumerate(record.nodes))


def _share(given: TensorType | None, nominal: int) -> int | None:
    if given is None or len(given.shape) != 4 or not isinstance(given.shape[2], int):
        return None
    exact = max(nominal / given.shape[2], 1.0)
    power = 1 << round(math.log2(exact))
    return power if abs(exact - power) < 0.1 * power else round(exact)
