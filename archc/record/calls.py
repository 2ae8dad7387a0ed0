"""Functions and tensor methods that a library's `forward` calls: each as ops, or as arithmetic on sizes.

A handler has the signature of the torch function it stands for, with the call in front: an argument that
torch takes and the handler does not makes the recording fail.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional as F

from archc.ops.dims import Symbolic
from archc.record import views
from archc.record.draft import At
from archc.record.faults import Unrecordable
from archc.record.leaves import pair
from archc.record.views import Call, Dealt
from archc.spec import layers as ops
from archc.spec.layers import Op


def perform(call: Call, function: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what `function`, by the name `name_of` gives it, returns for these arguments.

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
    """Return the name of a called function or method that `perform` knows it by."""
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
    "chunk": views.chunk,
    "contiguous": views.contiguous,
    "dim": views.dim,
    "dropout": _dropout,
    "expand": views.expand,
    "flatten": _flatten,
    "gelu": _gelu,
    "getattr": views.attribute,
    "getitem": views.getitem,
    "hardsigmoid": _activated(ops.Hardsigmoid(), "hardsigmoid"),
    "hardswish": _activated(ops.Hardswish(), "hardswish"),
    "imul": _joined_in_place(ops.Multiply(), "mul"),
    "max_pool2d": _max_pool2d,
    "mean": _mean,
    "mul": _joined(ops.Multiply(), "mul"),
    "permute": views.permute,
    "relu": _activated(ops.Relu(), "relu"),
    "relu6": _activated(ops.Relu6(), "relu6"),
    "reshape": views.reshape,
    "sigmoid": _activated(ops.Sigmoid(), "sigmoid"),
    "silu": _activated(ops.Silu(), "silu"),
    "size": views.size,
    "softmax": _softmax,
    "split": views.split,
    "squeeze": views.squeeze,
    "tanh": _activated(ops.Tanh(), "tanh"),
    "transpose": views.transpose,
    "unsqueeze": views.unsqueeze,
    "view": views.reshape,
}
"""By torch's own name; `add_` and the like, which change their first argument, under Python's `iadd`."""

_HANDLERS |= {"add_": _HANDLERS["iadd"], "mul_": _HANDLERS["imul"], "multiply": _HANDLERS["mul"]}
_HANDLERS |= {"concat": _cat, "concatenate": _cat}

_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "_assert": lambda condition, message: None,
    "_assert_is_none": lambda value, message: None,
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
