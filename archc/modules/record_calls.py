"""Functions and tensor methods that a library's `forward` calls: each as ops, or as arithmetic on sizes.

A handler has the signature of the torch function it stands for, with the call in front: an argument that
torch takes and the handler does not makes the recording fail.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F  # noqa: N812

from archc.catalog.dims import Symbolic
from archc.catalog.tensors import Shape
from archc.modules.record_draft import At, Draft
from archc.modules.record_faults import Unrecordable
from archc.modules.record_leaves import pair
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
    """`(N, C, H, W)` viewed as `(N, groups, C // groups, H, W)`; `turned` once the two have changed places."""

    source: At
    groups: int
    turned: bool = False


def perform(call: Call, function: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What `function`, by the name `name_of` gives it, returns for these arguments.

    Raises:
        Unrecordable: the function, or a way of calling it, has no op.
    """
    handler = _HANDLERS.get(function)
    if handler is None or not _has_tensor((args, kwargs)):
        return _on_sizes(call, function, args, kwargs)
    try:
        return handler(call, *args, **kwargs)
    except TypeError as error:
        where = f"`{function}` in `{call.scope}`" if call.scope else f"`{function}`"
        raise Unrecordable(f"{where} is called in a way that has no op: {error}") from error


def name_of(target: Any) -> str:
    """The name of a called function or method that `perform` knows it by."""
    return (
        target
        if isinstance(target, str)
        else _FUNCTIONS.get(target, getattr(target, "__name__", repr(target)))
    )


def _on_sizes(call: Call, function: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Arithmetic on integers and sizes: done now, with symbols where only the data knows."""
    arithmetic = _ARITHMETIC.get(function)
    if arithmetic is None or kwargs or _has_tensor(args):
        where = f" in `{call.scope}`" if call.scope else ""
        raise Unrecordable(f"`{function}`{where} has no op")
    return arithmetic(*args)


def _has_tensor(value: Any) -> bool:
    if isinstance(value, At | Dealt):
        return True
    if isinstance(value, dict):
        return any(map(_has_tensor, value.values()))
    return isinstance(value, tuple | list) and any(map(_has_tensor, value))


def _joined(op: Op, name: str) -> Callable[..., At]:
    def handler(call: Call, input: At, other: At) -> At:
        return call.emit(op, input, other, name=name)

    return handler


def _joined_in_place(op: Op, name: str) -> Callable[..., At]:
    def handler(call: Call, input: At, other: At) -> At:
        return call.emit(op, input, other, name=name, in_place=True)

    return handler


def _activated(op: Op, name: str) -> Callable[..., At]:
    def handler(call: Call, input: At, inplace: bool = False) -> At:
        return call.emit(op, input, name=name, in_place=inplace)

    return handler


def _gelu(call: Call, input: At, approximate: str = "none") -> At:
    return call.emit(ops.Gelu(approximate="tanh" if approximate == "tanh" else "none"), input, name="gelu")


def _softmax(call: Call, input: At, dim: int) -> At:
    return call.emit(ops.Softmax(dim=dim), input, name="softmax")


def _dropout(call: Call, input: At, p: float = 0.5, training: bool = True, inplace: bool = False) -> At:
    return call.emit(ops.Dropout(p=p), input, name="dropout", in_place=inplace)


def _cat(call: Call, tensors: Sequence[At], dim: int = 0) -> At:
    return call.emit(ops.Concat(dim=dim), *tensors, name="cat")


def _flatten(call: Call, input: At, start_dim: int = 0, end_dim: int = -1) -> At:
    return call.emit(ops.Flatten(start_dim=start_dim, end_dim=end_dim), input, name="flatten")


def _adaptive_avg_pool2d(call: Call, input: At, output_size: Any) -> At:
    return call.emit(ops.AdaptiveAvgPool2d(output_size=pair(output_size)), input, name="adaptive_avg_pool2d")


def _avg_pool2d(
    call: Call,
    input: At,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> At:
    op = ops.AvgPool2d(
        kernel_size=pair(kernel_size),
        stride=pair(kernel_size if stride is None else stride),
        padding=pair(padding),
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
    )
    return call.emit(op, input, name="avg_pool2d")


def _max_pool2d(
    call: Call,
    input: At,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> At:
    if return_indices:
        raise Unrecordable("`max_pool2d` with return_indices has no op")
    op = ops.MaxPool2d(
        kernel_size=pair(kernel_size),
        stride=pair(kernel_size if stride is None else stride),
        padding=pair(padding),
        dilation=pair(dilation),
        ceil_mode=ceil_mode,
    )
    return call.emit(op, input, name="max_pool2d")


def _mean(call: Call, input: At, dim: Any, keepdim: bool = False) -> At:
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    return call.emit(ops.Mean(dims=dims, keepdim=keepdim), input, name="mean")


def _permute(call: Call, input: At, *dims: Any) -> At:
    return call.emit(ops.Permute(dims=_spread(dims)), input, name="permute")


def _transpose(call: Call, input: At | Dealt, dim0: int, dim1: int) -> At | Dealt:
    if isinstance(input, Dealt):
        if {dim0 % 5, dim1 % 5} != {1, 2} or input.turned:
            raise Unrecordable(
                f"a view of channels in groups is transposed by ({dim0}, {dim1}), not by (1, 2)"
            )
        return Dealt(input.source, input.groups, turned=True)
    order = list(range(len(call.shape(input))))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return call.emit(ops.Permute(dims=tuple(order)), input, name="transpose")


def _reshape(call: Call, input: At | Dealt, *shape: Any) -> At | Dealt:
    """A view: the same sizes, neighbours become one, channels dealt out to groups, or put back in shuffled order."""
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
    described = ", ".join(map(str, wanted))
    raise Unrecordable(f"a view of {call.draft.type_of(input)} as ({described}) in `{call.scope}` has no op")


def _agree(wanted: Sequence[Any], found: Sequence[Any]) -> bool:
    """Whether a view's sizes, of which one may be -1, are the sizes `found`."""
    return len(wanted) == len(found) and all(a in (-1, b) for a, b in zip(wanted, found, strict=True))


def _spread(sizes: tuple[Any, ...]) -> tuple[Any, ...]:
    """Sizes given one by one or as one sequence."""
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], tuple | list) else sizes


def _contiguous(call: Call, input: At | Dealt) -> At | Dealt:
    return input


def _chunk(call: Call, input: At, chunks: int, dim: int = 0) -> tuple[At, ...]:
    size = call.shape(input)[dim]
    if not isinstance(size, int):
        raise Unrecordable(f"`chunk` in `{call.scope}` along a size that only the data knows has no op")
    step = -(-size // chunks)
    parts = [ops.Narrow(dim=dim, start=s, length=min(step, size - s)) for s in range(0, size, step)]
    return tuple(call.emit(part, input, name="narrow") for part in parts)


def _getitem(call: Call, input: Any, index: Any) -> Any:
    """One of several values, or `x[:, 3]` and `x[:, 2:5]` of a tensor."""
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


def _expand(call: Call, input: At, *sizes: Any) -> At:
    """A parameter of batch 1 repeated to the batch size of the tensor that the size was asked from."""
    wanted, found = _spread(sizes), call.shape(input)
    rest = all(a in (-1, b) for a, b in zip(wanted[1:], found[1:], strict=True))
    behind = call.sized_by
    if found[0] != 1 or not rest or behind is None or wanted[0] != call.shape(behind)[0]:
        raise Unrecordable(f"`expand` in `{call.scope}` to other than the batch size has no op")
    return call.emit(ops.ExpandBatch(), input, behind, name="expand")


def _getattr(call: Call, input: At, name: str) -> Any:
    match name:
        case "shape":
            return call.shape(input)
        case "ndim":
            return len(call.shape(input))
    raise Unrecordable(f"the attribute `{name}` of a tensor in `{call.scope}` has no op")


def _size(call: Call, input: At, dim: int | None = None) -> Any:
    return call.shape(input) if dim is None else call.shape(input)[dim]


def _dim(call: Call, input: At) -> int:
    return len(call.shape(input))


def _divided(a: Any, b: Any) -> Any:
    if isinstance(b, Symbolic):
        raise Unrecordable("a division by a size that only the data knows has no op")
    return a // b


_HANDLERS: dict[str, Callable[..., Any]] = {
    "adaptive_avg_pool2d": _adaptive_avg_pool2d,
    "add": _joined(ops.Add(), "add"),
    "iadd": _joined_in_place(ops.Add(), "add"),
    "avg_pool2d": _avg_pool2d,
    "cat": _cat,
    "chunk": _chunk,
    "contiguous": _contiguous,
    "dim": _dim,
    "dropout": _dropout,
    "expand": _expand,
    "flatten": _flatten,
    "gelu": _gelu,
    "getattr": _getattr,
    "getitem": _getitem,
    "hardsigmoid": _activated(ops.Hardsigmoid(), "hardsigmoid"),
    "hardswish": _activated(ops.Hardswish(), "hardswish"),
    "imul": _joined_in_place(ops.Multiply(), "mul"),
    "max_pool2d": _max_pool2d,
    "mean": _mean,
    "mul": _joined(ops.Multiply(), "mul"),
    "permute": _permute,
    "relu": _activated(ops.Relu(), "relu"),
    "relu6": _activated(ops.Relu6(), "relu6"),
    "reshape": _reshape,
    "sigmoid": _activated(ops.Sigmoid(), "sigmoid"),
    "silu": _activated(ops.Silu(), "silu"),
    "size": _size,
    "softmax": _softmax,
    "tanh": _activated(ops.Tanh(), "tanh"),
    "transpose": _transpose,
    "view": _reshape,
}
"""By torch's own name; `add_` and the like, which change their first argument, under Python's `iadd`."""

_HANDLERS |= {"add_": _HANDLERS["iadd"], "mul_": _HANDLERS["imul"], "multiply": _HANDLERS["mul"]}
_HANDLERS |= {"concat": _cat, "concatenate": _cat}

_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "_assert": lambda condition, message: None,
    "add": operator.add,
    "eq": operator.eq,
    "floordiv": _divided,
    "ge": operator.ge,
    "getitem": operator.getitem,
    "gt": operator.gt,
    "mul": operator.mul,
    "ne": operator.ne,
    "sub": operator.sub,
}

_FUNCTIONS: dict[Any, str] = {
    F.adaptive_avg_pool2d: "adaptive_avg_pool2d",
    F.avg_pool2d: "avg_pool2d",
    F.max_pool2d: "max_pool2d",
    torch.max_pool2d: "max_pool2d",
    torch._assert: "_assert",
}
"""Functions whose `__name__` is not the name they are known by."""
