"""How rate and momentum move within a phase, as functions of how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi
from typing import assert_never

from archc.spec.train import OneCycle, ScheduleName

FLAT = 0.75
"""The share of a `flat_cosine` phase that stays at the full rate (fastai's `fit_flat_cos`)."""

FLAT_DIVISOR = 1e5
"""A `flat_cosine` phase ends at the full rate over this."""


@dataclass(frozen=True, slots=True)
class Point:
    """The settings of one step: a factor of the rates, and the momentum, or None for the optimizer's."""

    rate: float
    momentum: float | None = None


def at(schedule: ScheduleName | OneCycle, position: float) -> Point:
    """Return the point at `position`, 0 to 1: steps taken in the phase before this one, over all its steps.

    The position of a phase's last step is thus a little less than 1, as in fastai.
    """
    match schedule:
        case "constant":
            return Point(1.0)
        case "cosine":
            return Point(between(1.0, 0.0, position))
        case "flat_cosine":
            late = max(position - FLAT, 0.0) / (1 - FLAT)
            return Point(between(1.0, 1 / FLAT_DIVISOR, late))
        case "one_cycle":
            return _one_cycle(OneCycle(), position)
        case OneCycle():
            return _one_cycle(schedule, position)
        case _:
            assert_never(schedule)


def between(start: float, end: float, position: float) -> float:
    """Return the value on half a cosine from `start` to `end`."""
    return start + (1 - cos(pi * position)) * (end - start) / 2


def _one_cycle(cycle: OneCycle, position: float) -> Point:
    start, peak, end = 1 / cycle.start_divisor, 1.0, 1 / cycle.final_divisor
    if position < cycle.warmup:
        done = position / cycle.warmup
        return Point(between(start, peak, done), _momentum(cycle, 0, done))
    done = (position - cycle.warmup) / (1 - cycle.warmup)
    return Point(between(peak, end, done), _momentum(cycle, 1, done))


def _momentum(cycle: OneCycle, half: int, done: float) -> float | None:
    if cycle.momentum is None:
        return None
    return between(cycle.momentum[half], cycle.momentum[half + 1], done)
