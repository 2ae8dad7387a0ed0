"""Values from JSON checked against the annotations of a frozen dataclass, without pydantic."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from archc.ops.faults import Mismatch

_LONGEST = 64  # entries of a tuple


def checked(cls: type, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields in `row` for `cls`, lists made tuples.

    Raises:
        Mismatch: one is wrong, unknown or missing.
    """
    hints, required = _fields(cls)
    name = f"`{row.get('op', cls.__name__)}`"
    for key in row:
        if key not in hints:
            raise Mismatch(f"{name} has no field `{key}`")
    for key in required:
        if key not in row:
            raise Mismatch(f"{name} needs its field `{key}`")
    values = {}
    for key, value in row.items():
        fits, values[key] = _fitted(value, hints[key])
        if not fits:
            raise Mismatch(f"field `{key}` of {name} cannot be {str(value)[:80]}")
    return values


@lru_cache(maxsize=128)
def _fields(cls: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    hints = get_type_hints(cls, include_extras=True)
    own = fields(cls)
    return {f.name: hints[f.name] for f in own}, tuple(f.name for f in own if f.default is MISSING)


def _fitted(value: Any, hint: Any) -> tuple[bool, Any]:
    """Return whether `value` is what the annotation asks for, and the value as the field takes it."""
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *limits = get_args(hint)
        fits, value = _fitted(value, inner)
        return fits and (value is None or all(_within(value, limit) for limit in limits)), value
    if origin in (Union, UnionType):
        fitting = (made for fits, made in (_fitted(value, option) for option in get_args(hint)) if fits)
        made = next(fitting, _NOTHING)
        return made is not _NOTHING, made
    if origin is Literal:
        return any(value == option and type(value) is type(option) for option in get_args(hint)), value
    if origin is tuple:
        return _fitted_tuple(value, get_args(hint))
    return _fitted_plain(value, hint)


_NOTHING = object()


def _fitted_tuple(value: Any, hints: tuple[Any, ...]) -> tuple[bool, Any]:
    if not isinstance(value, list) or len(value) > _LONGEST:
        return False, value
    each = [hints[0]] * len(value) if hints[-1] is Ellipsis else list(hints)
    if len(each) != len(value):
        return False, value
    made = [_fitted(v, hint) for v, hint in zip(value, each, strict=True)]
    return all(fits for fits, _ in made), tuple(v for _, v in made)


def _fitted_plain(value: Any, hint: Any) -> tuple[bool, Any]:
    if hint is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and abs(value) < 1e30 and math.isfinite(value), float(value) if number else value
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 31, value
    if hint is NoneType or hint is None:
        return value is None, value
    if hint is str:
        return isinstance(value, str) and len(value) < 100, value
    return hint is bool and isinstance(value, bool), value


_BOUNDS = {"gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le}


def _within(value: Any, limit: object) -> bool:
    """Return whether a number keeps a limit, ours or of `annotated_types`; what is no limit always holds."""
    bounds = ((holds, getattr(limit, name, None)) for name, holds in _BOUNDS.items())
    return all(holds(value, bound) for holds, bound in bounds if bound is not None)
