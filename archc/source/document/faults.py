"""The validator's errors as faults of the data: each with its path in the data, each mistake once.

pydantic_core's `loc` mixes keys of the data with names of the validator's own steps (tags of unions, types
of branches). Walking the data along it tells them apart: an error's input is the very object in the data.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from archc.source.text.spans import Path

ValidatorStep = tuple[Path, str]
"""A step of the validator that is not in the data: where it was taken, and its name."""

_PATIENCE = 500
"""Readings of one `loc` that are tried before the plainest is taken."""

SHAPE = frozenset(
    {
        *("int_type", "int_from_float", "float_type", "string_type", "bool_type", "list_type", "tuple_type"),
        *("dict_type", "mapping_type", "dataclass_type", "dataclass_exact_type", "model_type"),
        *("model_attributes_type", "literal_error", "enum", "none_required", "union_tag_not_found"),
    }
)
"""Kinds that say: the value is not this branch's at all."""


class Fault(NamedTuple):
    """One error: pydantic_core's kind and context, where in the data, the value found there."""

    kind: str
    path: Path
    value: object
    context: dict[str, Any]
    message: str
    steps: tuple[ValidatorStep, ...] = ()
    branches: tuple[Fault, ...] = ()


def faults(errors: Iterable[Any], data: dict[str, Any]) -> list[Fault]:
    """Return the errors as faults, with the branches of each union reduced to one."""
    found = [_fault(error, data) for error in errors]
    return _one_per_union([fault for fault in found if not _echo(fault)], 0)


def _echo(fault: Fault) -> bool:
    """Return True where a list is too short only because values in it failed, which have their own faults."""
    needed = fault.context.get("min_length", 0)
    return fault.kind == "too_short" and isinstance(fault.value, (list, dict)) and len(fault.value) >= needed


def _fault(error: Any, data: dict[str, Any]) -> Fault:
    path, steps = _Reading(error["loc"], error["input"], error["type"] == "missing").of(data)
    return Fault(error["type"], path, error["input"], error.get("ctx", {}), error["msg"], steps)


class _Reading:
    """Tells which steps of a `loc` are in the data."""

    def __init__(self, loc: tuple[str | int, ...], target: object, missing: bool) -> None:
        self.loc, self.target, self.missing = loc, target, missing
        self.patience = _PATIENCE

    def of(self, data: dict[str, Any]) -> tuple[Path, tuple[ValidatorStep, ...]]:
        return self._exact(0, data, (), ()) or self._greedy(data)

    def _exact(
        self, at: int, value: Any, path: Path, steps: tuple[ValidatorStep, ...]
    ) -> tuple[Path, tuple[ValidatorStep, ...]] | None:
        """Return the reading that ends at the error's own input, trying steps as keys of the data first."""
        self.patience -= 1
        if self.patience < 0:
            return None
        if at == len(self.loc):
            return (path, steps) if value is self.target else None
        step = self.loc[at]
        if self.missing and at == len(self.loc) - 1:
            return ((*path, step), steps) if value is self.target else None
        if _holds(value, step):
            found = self._exact(at + 1, value[step], (*path, step), steps)
            if found:
                return found
        return self._exact(at + 1, value, path, (*steps, (path, str(step))))

    def _greedy(self, data: dict[str, Any]) -> tuple[Path, tuple[ValidatorStep, ...]]:
        value: Any = data
        path: Path = ()
        for step in self.loc:
            if _holds(value, step):
                value, path = value[step], (*path, step)
        return path, ()


def _holds(value: object, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value)


def _one_per_union(found: list[Fault], level: int) -> list[Fault]:
    """Return faults grouped by the validator's step at `level`; several names at one place are a union."""
    plain = [fault for fault in found if len(fault.steps) <= level]
    places: dict[Path, dict[str, list[Fault]]] = {}
    for fault in found:
        if len(fault.steps) > level:
            path, name = fault.steps[level]
            places.setdefault(path, {}).setdefault(name, []).append(fault)
    for path, branches in places.items():
        reduced = [_one_per_union(branch, level + 1) for branch in branches.values()]
        plain += reduced[0] if len(reduced) == 1 else _chosen(path, reduced)
    return plain


def _chosen(path: Path, branches: list[list[Fault]]) -> list[Fault]:
    """Return the faults of the branch that was meant, or one fault that names all of them."""
    meant = [branch for branch in branches if not any(_misses(fault, path) for fault in branch)]
    if meant:
        return min(meant, key=len)
    first = branches[0][0]
    at_path = tuple(inner for branch in branches for fault in branch for inner in fault.branches or (fault,))
    return [Fault("union", path, first.value, {}, first.message, branches=at_path)]


def _misses(fault: Fault, path: Path) -> bool:
    """Return True where the fault says that the value at `path` is of another kind altogether."""
    return fault.path == path and (fault.kind in SHAPE or fault.kind == "union")
