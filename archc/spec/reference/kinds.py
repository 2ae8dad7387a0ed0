"""The types of keys, in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from archc.spec import layers
from archc.spec.fields import LARGEST, Interval, MaxLen, MinLen, Table

Homes = Mapping[type, str]
_PLAIN = {int: "integer", float: "number", bool: "true or false", str: "text"}


def kind(hint: Any, homes: Homes) -> str:
    """Return a type in words; tables are links to their sections, given by `homes`."""
    if hint is layers.Layer:
        return "[layer](ops.md)"
    if hint is layers.NodeOp:
        return "[op](ops.md)"
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return kind(inner[0], homes) + "".join(_limit(mark) for mark in inner[1:])
    if origin in (Union, UnionType):
        members = [kind(part, homes) for part in inner if part is not NoneType]
        return " or ".join(dict.fromkeys(members))
    if origin is Literal:
        return " or ".join(f'`"{value}"`' if isinstance(value, str) else f"`{value}`" for value in inner)
    if origin is dict:
        return f"table of {kind(inner[1], homes)} by name"
    if origin is tuple:
        return f"list of {kind(inner[0], homes)}" if inner[-1] is Ellipsis else _places(inner, homes)
    if isinstance(hint, type) and issubclass(hint, Table):
        return homes[hint]
    return _PLAIN[hint]


def _places(inner: tuple[Any, ...], homes: Homes) -> str:
    words = [kind(part, homes) for part in inner]
    return f"list of {len(words)}: {words[0]}" if len(set(words)) == 1 else f"[{', '.join(words)}]"


def _limit(limit: object) -> str:
    """Return a bound in words; the largest integer of all is none."""
    match limit:
        case Interval():
            return _interval(limit)
        case MinLen(min_length=count) if count > 1:
            return f", at least {count}"
        case MaxLen(max_length=count) if count < 200:
            return f", at most {count}"
    return ""


def _interval(limit: Interval) -> str:
    low, high = limit.ge, limit.le
    if low is None:
        return _above(limit)
    if high is not None:
        if high < LARGEST:
            return f" from {low} to {high}"
        return f" ≥ {low}" if low > -LARGEST else ""
    return f" ≥ {low}" if limit.lt is None else f" from {low} to below {limit.lt}"


def _above(limit: Interval) -> str:
    if limit.gt is None:
        return ""
    return f" > {limit.gt}" if limit.lt is None else f" between {limit.gt} and {limit.lt}"
