"""How large two plans are, as wholes and part by part."""

from __future__ import annotations

from dataclasses import dataclass

from archc.plan.plan import Plan
from archc.plan.totals import totals
from archc.views.table import rows


@dataclass(frozen=True, slots=True)
class SizeChange:
    """A number before and after; `of` names what is counted, `part` the top-level part or "" for all."""

    of: str
    part: str
    before: int
    after: int


def whole_sizes(before: Plan, after: Plan) -> tuple[SizeChange, ...]:
    """Return parameters, buffers, multiply-adds of one image, and bytes of its kept activations."""
    old, new = totals(before, 1), totals(after, 1)
    return (
        SizeChange("parameters", "", old.parameters, new.parameters),
        SizeChange("buffers", "", old.buffers, new.buffers),
        SizeChange("multiply-adds", "", old.multiply_adds, new.multiply_adds),
        SizeChange("activation bytes", "", old.kept, new.kept),
    )


def part_sizes(before: Plan, after: Plan) -> tuple[SizeChange, ...]:
    """Return parameters and multiply-adds of each top-level part that has any."""
    old, new = _by_part(before), _by_part(after)
    return tuple(
        SizeChange(of, part, old.get(part, (0, 0))[index], new.get(part, (0, 0))[index])
        for index, of in enumerate(("parameters", "multiply-adds"))
        for part in dict.fromkeys((*old, *new))
    )


def _by_part(plan: Plan) -> dict[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    for row in rows(plan, {}, full=True):
        part = row.path.split(".")[0].split("@")[0]
        held, work = sums.get(part, (0, 0))
        sums[part] = held + row.parameters, work + row.multiply_adds
    return {part: each for part, each in sums.items() if any(each)}
