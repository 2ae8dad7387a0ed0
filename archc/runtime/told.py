"""Values of a stranger's JSON, each of the very type that is wanted: `true` is no integer.

Each function raises `TypeError` or `ValueError` where the value is something else.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar

LARGEST_SIDE = 16_384
"""Pixels; a size from a file is a stranger's word."""

T = TypeVar("T")


def of(kind: type[T], value: Any) -> T:
    """Return the value, which is of that type and of none derived from it."""
    if type(value) is not kind:
        raise TypeError(value)
    return value


def several(value: Any) -> list[Any]:
    """Return a list that is not empty."""
    if not of(list, value):
        raise ValueError(value)
    return list(value)


def name(value: Any) -> str:
    """Return a text that is not empty."""
    if not of(str, value):
        raise ValueError(value)
    return str(value)


def side(value: Any) -> int:
    """Return a height or a width in pixels."""
    if not 1 <= of(int, value) <= LARGEST_SIDE:
        raise ValueError(value)
    return int(value)


def finite(value: Any) -> float:
    """Return a number."""
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)
