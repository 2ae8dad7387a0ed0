"""Changes between two specs as facts: settings, layers, size, groups, and which weights still fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archc.plan.compile import Compiled
from archc.plan.plan import Plan
from archc.views.compare.groups import GroupChange, Move, group_changes, moves
from archc.views.compare.layers import LayerChange, layer_changes
from archc.views.compare.settings import Setting, setting_changes
from archc.views.compare.size import SizeChange, part_sizes, whole_sizes
from archc.views.compare.tensors import Fates, Shape, fates, state_shapes


@dataclass(frozen=True, slots=True)
class Ends:
    """An input or output by its name: its type before and after; None where absent."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two specs side by side.

    Everything but `sizes` and `parts` holds only what differs, and `layers` says how much does not.
    """

    before: str
    after: str
    settings: tuple[Setting, ...]
    inputs: tuple[Ends, ...]
    outputs: tuple[Ends, ...]
    layers: tuple[LayerChange, ...]
    sizes: tuple[SizeChange, ...]
    parts: tuple[SizeChange, ...]
    groups: tuple[GroupChange, ...]
    moves: tuple[Move, ...]
    tensors: Fates

    @property
    def differs(self) -> bool:
        """Return whether anything that the specs mean differs; how they are written does not count."""
        layers = any(each.change != "same" for each in self.layers)
        return bool(self.settings or self.inputs or self.outputs or layers or self.groups)


def compare(
    before: Compiled,
    after: Compiled,
    names: tuple[str, str] | None = None,
    *,
    checkpoint: Mapping[str, Shape] | None = None,
    full: bool = False,
) -> Comparison:
    """Return the differences from one spec to another.

    Args:
        names: what to call the two; left out, their files.
        checkpoint: the tensors of the first one's weights; left out, those that its plan has.
        full: every layer that differs, not folded into the blocks that they belong to.
    """
    called = names or (before.document.name, after.document.name)
    held = state_shapes(before.plan) if checkpoint is None else dict(checkpoint)
    return Comparison(
        before=called[0],
        after=called[1],
        settings=setting_changes(before.spec, after.spec),
        inputs=_ends(_inputs(before.plan), _inputs(after.plan)),
        outputs=_ends(_outputs(before.plan), _outputs(after.plan)),
        layers=layer_changes(before.plan, after.plan, full=full),
        sizes=whole_sizes(before.plan, after.plan),
        parts=part_sizes(before.plan, after.plan),
        groups=group_changes(before, after),
        moves=moves(before, after),
        tensors=fates(held, state_shapes(after.plan)),
    )


def _inputs(plan: Plan) -> dict[str, str]:
    return {each.name: str(each.type) for each in plan.inputs}


def _outputs(plan: Plan) -> dict[str, str]:
    types = plan.types()
    return {output.name: str(types[output.value]) for output in plan.outputs}


def _ends(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Ends, ...]:
    names = dict.fromkeys((*before, *after))
    found = (Ends(name, before.get(name), after.get(name)) for name in names)
    return tuple(each for each in found if each.before != each.after)
