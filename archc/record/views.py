"""Views of tensors in a library's `forward`: torch's functions that move numbers or ask for sizes.

A handler has the signature of the torch function it stands for, with the call in front.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archc.ops.tensors import Shape
from archc.record.draft import At, Draft
from archc.record.faults import Unrecordable
from archc.spec import layers as ops
from archc.spec.layers import Op


@dataclass(frozen=True, slots=True)
class Call:
    """One call: where it stands, and the tensor whose sizes went into its arguments."""

    draft: Draft
    scope: str
    sized_by: At | None

    def emit(self, op: Op, *inputs: At, name: str, in_place: bool = False) -> At:
        for value in inputs:
            if not isinstance(value, At):
                raise Unrecordable(
                    f"`{name}` in `{self.scope}` takes {value!r}, which is no tensor of the graph"
                )
        free = self.draft.called(self.scope, name)
        return self.draft.emit(op, inputs, free, free, in_place=in_place)

    def shape(self, value: At) -> Shape:
        return self.draft.type_of(value).shape


@dataclass(frozen=True, slots=True)
class Dealt:
    """`(N, C, H, W)` viewed as `(N, groups, C // groups, H, W)`; `turned` once the two are swapped."""

    source: At
    groups: int
    turned: bool = False


def permute(call: Call, input: At, *dims: Any) -> At:
    return call.emit(ops.Permute(dims=_spread(dims)), input, name="permute")


def transpose(call: Call, input: At | Dealt, dim0: int, dim1: int) -> At | Dealt:
    if isinstance(input, Dealt):
        if {dim0 % 5, dim1 % 5} != {1, 2} or input.turned:
            raise Unrecordable(
                f"a view of channels in groups is transposed by ({dim0}, {dim1}), not by (1, 2)"
            )
        return Dealt(input.source, input.groups, turned=True)
    order = list(range(len(call.shape(input))))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return call.emit(ops.Permute(dims=tuple(order)), input, name="transpose")


def reshape(call: Call, input: At | Dealt, *shape: Any) -> At | Dealt:
    """Return a view: sizes kept, neighbors merged, channels put into groups or back in shuffled order."""
    wanted = _spread(shape)
    if isinstance(input, Dealt):
        if input.turned and _agree(wanted, call.shape(input.source)):
            return call.emit(ops.ChannelShuffle(groups=input.groups), input.source, name="channel_shuffle")
        raise Unrecordable(
            "a view of channels in groups is reshaped to something else than shuffled channels"
        )
    found = call.shape(input)
    if _agree(wanted, found):
        return input
    for start in range(len(found)):
        for end in range(start + 1, len(found)):
            merged = math.prod(found[start : end + 1], start=1)
            if _agree(wanted, (*found[:start], merged, *found[end + 1 :])):
                last = -1 if end == len(found) - 1 else end
                return call.emit(ops.Flatten(start_dim=start, end_dim=last), input, name="flatten")
    if len(found) == 4 and len(wanted) == 5 and isinstance(wanted[1], int) and isinstance(found[1], int):
        n, channels, h, w = found
        if wanted[1] > 0 and _agree(wanted, (n, wanted[1], channels // wanted[1], h, w)):
            return Dealt(input, wanted[1])
    if (kept := [a for a in wanted if a != 1]) and len(wanted) > len(found) and _agree(kept, found):
        value = input
        for place in [place for place, a in enumerate(wanted) if a == 1]:
            value = unsqueeze(call, value, place)
        return value
    described = ", ".join(map(str, wanted))
    raise Unrecordable(f"a view of {call.draft.type_of(input)} as ({described}) in `{call.scope}` has no op")


def _agree(wanted: Sequence[Any], found: Sequence[Any]) -> bool:
    """Return whether a view's sizes, of which one may be -1, are the sizes `found`."""
    return len(wanted) == len(found) and all(a in (-1, b) for a, b in zip(wanted, found, strict=True))


def _spread(sizes: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return sizes given one by one or as one sequence."""
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], tuple | list) else sizes


def unsqueeze(call: Call, input: At, dim: int) -> At:
    return call.emit(ops.Unsqueeze(dim=dim), input, name="unsqueeze")


def squeeze(call: Call, input: At, dim: int) -> At:
    return call.emit(ops.Squeeze(dim=dim), input, name="squeeze")


def contiguous(call: Call, input: At | Dealt) -> At | Dealt:
    return input


def chunk(call: Call, input: At, chunks: int, dim: int = 0) -> tuple[At, ...]:
    size = call.shape(input)[dim]
    if not isinstance(size, int):
        raise Unrecordable(f"`chunk` in `{call.scope}` along a size that only the data knows has no op")
    step = -(-size // chunks)
    parts = [ops.Narrow(dim=dim, start=s, length=min(step, size - s)) for s in range(0, size, step)]
    return tuple(call.emit(part, input, name="narrow") for part in parts)


def split(call: Call, input: At, split_size_or_sections: Any, dim: int = 0) -> tuple[At, ...]:
    size, asked = call.shape(input)[dim], split_size_or_sections
    if not isinstance(size, int):
        raise Unrecordable(f"`split` in `{call.scope}` along a size that only the data knows has no op")
    even = isinstance(asked, int)
    lengths = [min(asked, size - start) for start in range(0, size, asked)] if even else list(asked)
    starts = [sum(lengths[:index]) for index in range(len(lengths))]
    parts = [ops.Narrow(dim=dim, start=s, length=w) for s, w in zip(starts, lengths, strict=True)]
    return tuple(call.emit(part, input, name="narrow") for part in parts)


def getitem(call: Call, input: Any, index: Any) -> Any:
    """Return one of several values, or `x[:, 3]` and `x[:, 2:5]` of a tensor."""
    if not isinstance(input, At):
        return input[index]
    value = input
    dim = 0
    for part in index if isinstance(index, tuple) else (index,):
        if isinstance(part, int):
            value = call.emit(ops.Select(dim=dim, index=part), value, name="select")
        elif part == slice(None):
            dim += 1
        else:
            value = _narrowed(call, value, dim, part)
            dim += 1
    return value


def _narrowed(call: Call, value: At, dim: int, part: Any) -> At:
    size = call.shape(value)[dim]
    if not (isinstance(part, slice) and isinstance(size, int) and part.step in (None, 1)):
        raise Unrecordable(f"the index {part!r} in `{call.scope}` has no op")
    start, stop, _ = part.indices(size)
    return call.emit(ops.Narrow(dim=dim, start=start, length=stop - start), value, name="narrow")


def expand(call: Call, input: At, *sizes: Any) -> At:
    """Return a parameter of batch 1 repeated to the batch size of the tensor that the size was asked from."""
    wanted, found = _spread(sizes), call.shape(input)
    rest = all(a in (-1, b) for a, b in zip(wanted[1:], found[1:], strict=True))
    behind = call.sized_by
    if found[0] != 1 or not rest or behind is None or wanted[0] != call.shape(behind)[0]:
        raise Unrecordable(f"`expand` in `{call.scope}` to other than the batch size has no op")
    return call.emit(ops.ExpandBatch(), input, behind, name="expand")


def attribute(call: Call, input: At, name: str) -> Any:
    match name:
        case "shape":
            return call.shape(input)
        case "ndim":
            return len(call.shape(input))
    raise Unrecordable(f"the attribute `{name}` of a tensor in `{call.scope}` has no op")


def size(call: Call, input: At, dim: int | None = None) -> Any:
    return call.shape(input) if dim is None else call.shape(input)[dim]


def dim(call: Call, input: At) -> int:
    return len(call.shape(input))
