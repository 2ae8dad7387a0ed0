"""The parameter groups of two specs side by side: what they hold, and how fast each learns in each phase."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from archc.plan.compile import Compiled
from archc.plan.groups.partition import parameter_groups, selected
from archc.plan.groups.rates import phase_rates
from archc.plan.parameters import named_parameters

Rate = float | None
"""A phase's highest learning rate, or None where the group is frozen."""


@dataclass(frozen=True, slots=True)
class GroupSide:
    """A group: its tensors, their values together, and its rate in each phase."""

    tensors: int
    parameters: int
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A group that differs, or that one of the two has alone."""

    name: str
    before: GroupSide | None
    after: GroupSide | None


@dataclass(frozen=True, slots=True)
class Move:
    """Tensors that both models have, in groups of different names."""

    before: str
    after: str
    tensors: int


def group_changes(before: Compiled, after: Compiled) -> tuple[GroupChange, ...]:
    """Return the groups that differ, from the input to the output."""
    old, new = _sides(before), _sides(after)
    found = (GroupChange(name, old.get(name), new.get(name)) for name in dict.fromkeys((*old, *new)))
    return tuple(each for each in found if each.before != each.after)


def moves(before: Compiled, after: Compiled) -> tuple[Move, ...]:
    """Return which groups the tensors that both have come from and go to, where these differ."""
    old, new = _members(before), _members(after)
    counts = Counter((old[name], new[name]) for name in old if name in new and old[name] != new[name])
    return tuple(Move(*pair, count) for pair, count in counts.items())


def _members(compiled: Compiled) -> dict[str, str]:
    train = compiled.spec.train
    if train is None:
        return {}
    groups = parameter_groups(compiled.plan, train)
    return {name: group.name for group in groups for name in group.parameters}


def _sides(compiled: Compiled) -> dict[str, GroupSide]:
    train = compiled.spec.train
    if train is None:
        return {}
    groups = parameter_groups(compiled.plan, train)
    sizes = {tensor.name: tensor.size for tensor in named_parameters(compiled.plan)}
    rates: dict[str, list[Rate]] = {group.name: [] for group in groups}
    for phase in train.phases:
        for group, rate in zip(groups, phase_rates(phase, len(groups)), strict=True):
            trained = phase.train is None or any(group.name in selected(groups, n) for n in phase.train)
            rates[group.name].append(rate if trained else None)
    return {
        group.name: GroupSide(
            len(group.parameters), sum(sizes[p] for p in group.parameters), tuple(rates[group.name])
        )
        for group in groups
    }
