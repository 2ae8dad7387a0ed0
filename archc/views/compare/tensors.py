"""Which tensors of one model's weights load into another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from archc.plan.parameters import named_buffers, named_parameters
from archc.plan.plan import Plan

Shape = tuple[int, ...]

_MOST_PREFIXES = 3
"""Segments of a prefix that a rename is looked for in."""
_MOST_PLACES = 32
"""Places that a tensor would fit at; where there are more it says nothing."""


@dataclass(frozen=True, slots=True)
class Reshaped:
    """A tensor that both have, in different shapes."""

    name: str
    before: Shape
    after: Shape


@dataclass(frozen=True, slots=True)
class Renaming:
    """A prefix that seems to have another name: so many missing tensors would fit under it."""

    before: str
    after: str
    tensors: int


@dataclass(frozen=True, slots=True)
class Fates:
    """The fate of each tensor of a checkpoint: the same name and shape loads."""

    loads: tuple[str, ...]
    reshaped: tuple[Reshaped, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]
    renaming: Renaming | None = None


def state_shapes(plan: Plan) -> dict[str, Shape]:
    """Return the shape of each tensor of the state dict by its name: parameters, then buffers."""
    return {t.name: t.shape for tensors in (named_parameters(plan), named_buffers(plan)) for t in tensors}


def fates(before: Mapping[str, Shape], after: Mapping[str, Shape]) -> Fates:
    """Return the fates of `before`'s tensors in a model with those of `after`."""
    both = [name for name in before if name in after]
    gone = tuple(name for name in before if name not in after)
    new = tuple(name for name in after if name not in before)
    return Fates(
        loads=tuple(name for name in both if before[name] == after[name]),
        reshaped=tuple(Reshaped(n, before[n], after[n]) for n in both if before[n] != after[n]),
        gone=gone,
        new=new,
        renaming=_renaming({n: before[n] for n in gone}, {n: after[n] for n in new}),
    )


def _renaming(gone: Mapping[str, Shape], new: Mapping[str, Shape]) -> Renaming | None:
    """Return the pair of prefixes under which most tensors fit.

    It must be most of those that are under the first and a good part of all that are gone: a block that
    happens to have another's shapes is none.
    """
    places: dict[tuple[str, Shape], list[str]] = {}
    for name, shape in new.items():
        for prefix, rest in _cuts(name):
            places.setdefault((rest, shape), []).append(prefix)
    counts: Counter[tuple[str, str]] = Counter()
    under: Counter[str] = Counter()
    for name, shape in gone.items():
        for prefix, rest in _cuts(name):
            under[prefix] += 1
            others = places.get((rest, shape), ())
            if len(others) <= _MOST_PLACES:
                counts.update((prefix, other) for other in others)
    fitting = ((n, p) for p, n in counts.items() if n > 1 and 2 * n > under[p[0]] and 3 * n > len(gone))
    best = max(fitting, key=lambda each: (each[0], -len(each[1][0]), -len(each[1][1])), default=None)
    return Renaming(*best[1], best[0]) if best else None


def _cuts(name: str) -> Iterator[tuple[str, str]]:
    """Yield the ways to read a name as a short prefix, or none, and a rest of two segments or more."""
    segments = name.split(".")
    for length in range(min(_MOST_PREFIXES, len(segments) - 2) + 1):
        yield ".".join(segments[:length]), ".".join(segments[length:])


def prefixes(names: Iterable[str], most: int = 8) -> list[tuple[str, int]]:
    """Return the names folded into at most about `most` prefixes, each with how many names are under it."""
    held = list(names)
    for depth in range(6, 0, -1):
        counts = Counter(_shortened(name, depth) for name in held)
        if len(counts) <= most:
            return list(counts.items())
    return list(Counter(name.split(".")[0] for name in held).items())


def _shortened(name: str, depth: int) -> str:
    segments = name.split(".")
    return name if len(segments) <= depth else ".".join(segments[:depth])
