"""Maps that a library keeps with their channels last are nothing a head, a decoder or a layer can read."""

from __future__ import annotations

from archc.bodies.body import BodyRecord
from archc.bodies.layout import channels_last
from archc.ops.node import SpecPath
from archc.plan.lower.fault import fault
from archc.plan.lower.reduction import reduction
from archc.plan.plan import WRITTEN


def check_orientation(record: BodyRecord, index: int, name: str, at: SpecPath) -> None:
    """Check that the value of node `index` of a library's body is not `(N, H, W, C)`.

    Who writes a body out turns its maps on purpose.

    Raises:
        PlanFault: it is; the help names the nearest maps before and behind it (ARC306).
    """
    if record.ref == WRITTEN or index not in channels_last(record):
        return
    near = " or ".join(f"`{each}`" for each in _nearest(record, index))
    raise fault(
        "ARC306",
        f"`{name}` of `{record.ref}` is a map with its channels last, (N, H, W, C)",
        at,
        label="inside a block",
        help=(
            *((f"the nearest maps (N, C, H, W) are {near}",) if near else ()),
            f"`archc bodies {record.ref}` shows where its blocks end, with their shapes",
        ),
    )


def _nearest(record: BodyRecord, index: int) -> tuple[str, ...]:
    """Return the last map, channels first, on the way to node `index`, and the first one made from it."""
    shortest: dict[int, str] = {}
    for name, at in record.exits.items():
        if at not in channels_last(record) and reduction(record, at) is not None:
            shortest[at] = min(shortest.get(at, name), name, key=len)
    ways = set(record.ancestors(index))
    before = [at for at in shortest if record.computed_at(at) in ways]
    behind = [at for at in shortest if at not in before and index in record.ancestors(at)]
    found = [max(before, key=record.computed_at)] if before else []
    return tuple(shortest[at] for at in (*found, *sorted(behind, key=record.computed_at)[:1]))
