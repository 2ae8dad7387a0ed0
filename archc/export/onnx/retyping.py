"""The plan's types at other sizes: concrete, or open."""

from __future__ import annotations

from collections.abc import Iterable

from archc.export.faults import ExportFault
from archc.ops.dims import Dim, symbol
from archc.plan import retype
from archc.plan.inputs import Size, images
from archc.plan.plan import Plan

Sizes = dict[str, Size]
"""Height and width by the input's name."""


def retyped(plan: Plan, batch: Dim, sizes: Sizes) -> Plan:
    """Return the same plan with every type inferred afresh from a batch and each image's height and width.

    Raises:
        ExportFault: a node does not fit those sizes.
    """
    try:
        return retype.retyped(plan, batch, sizes)
    except retype.Misfit as misfit:
        raise ExportFault(str(misfit), misfit.fault.help or None, misfit.node.origin) from misfit


def opened(plan: Plan, dynamic: Iterable[str], step: int = 1) -> Plan:
    """Return the plan with the sizes in `dynamic` as symbols `N`, `H`, `W`; the others fixed, batch 1.

    Inputs of one size share their symbols, because what joins them needs equal sizes; inputs of several
    sizes have `H_left`, `W_left` and so on. Heights and widths are `step` times their symbol.

    Raises:
        ExportFault: the model works at a fixed size only.
    """
    wanted = set(dynamic)
    batch: Dim = symbol("N") if "batch" in wanted else 1
    try:
        return retyped(plan, batch, image_sizes(plan, wanted, step))
    except ExportFault as fault:
        if not wanted & {"height", "width"}:
            raise
        raise ExportFault(
            f"this model works at a fixed size only: {fault.message}",
            'set `export.dynamic = ["batch"]`, or pool to one size with a global or adaptive pool of size 1',
            fault.origin,
        ) from fault


def image_sizes(plan: Plan, dynamic: Iterable[str], step: int) -> Sizes:
    """Return height and width of each input image, `step` times a symbol where `dynamic` names it."""
    wanted = set(dynamic)
    given = {one.name: one.size for one in images(plan.inputs)}
    alone = len(set(given.values())) == 1
    sizes: Sizes = {}
    for name, (height, width) in given.items():
        end = "" if alone else f"_{name}"
        sizes[name] = (
            symbol(f"H{end}") * step if "height" in wanted else height,
            symbol(f"W{end}") * step if "width" in wanted else width,
        )
    return sizes
