"""Which values of a body's record are maps with their channels last, `(N, H, W, C)`."""

from __future__ import annotations

from functools import lru_cache

from archc.bodies.body import BodyRecord
from archc.ops.facts import traits
from archc.spec import layers as ops

_TO_LAST = (0, 2, 3, 1)
_AS_IT_IS = (0, 1, 2, 3)


@lru_cache(maxsize=64)
def channels_last(record: BodyRecord) -> frozenset[int]:
    """Return the indices of the nodes whose values have their channels last.

    A permutation turns a map, a library's own module says what it does to the sizes, and every other op
    leaves the order of the dimensions as it is.
    """
    found: set[int] = set()
    for index, node in enumerate(record.nodes):
        given = any(i in found for i in node.inputs)
        if isinstance(node.op, ops.Permute):
            last = node.op.dims == (_AS_IT_IS if given else _TO_LAST)
        elif isinstance(node.op, ops.LibraryPart):
            last = _of_part(node.op, given)
        else:
            last = given and not traits(node.op).flattens
        if last:
            found.add(index)
    return frozenset(found)


def _of_part(part: ops.LibraryPart, given: bool) -> bool:
    """Return whether a library's part makes such a map.

    Its sizes follow the map's and its channels are its own.
    """
    if len(part.out) != 4:
        return False
    (rows, _, height), (columns, _, width), (channels, _, count) = part.out[1:]
    if rows >= 0 and columns >= 0 and channels < 0:
        return True
    if rows < 0 and channels < 0 and height == width != count:  # made for one size: a square map
        return True
    return given and rows < 0 and height == width == count
