"""Pairs and triplets of images, drawn from any examples with one class each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from archc.data.examples import ONLY, Files, Labeled, Raw
from archc.data.randomness import Purpose, generator
from archc.files.errors import WorldError

CLASSES = ("different", "same")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Images put together by chance: a function of seed, number, and (where fresh) epoch alone.

    Attributes:
        count: of pairs or triplets in an epoch.
        same: the share of pairs of one class; None draws triplets: anchor, positive, negative.
        fresh: drawn anew in each epoch; else always as in the first.
        members: the numbers of the images of each class; `classes` are their names.
        names: of the inputs that the images are.
    """

    of: Labeled
    count: int
    same: float | None
    seed: int
    fresh: bool
    members: tuple[tuple[int, ...], ...] = field(repr=False)
    classes: tuple[str, ...] = field(repr=False)
    names: tuple[str, ...]
    in_memory: bool = False

    def __len__(self) -> int:
        return self.count

    def name(self, index: int) -> str:
        if self.fresh:  # which images these are depends on the epoch
            return f"{'triplet' if self.same is None else 'pair'} {index}"
        return " with ".join(self.of.name(number) for number in self.numbers(index, 0))

    def load(self, index: int) -> Raw:
        return self.drawn(index, 0)

    def files(self, index: int) -> Files:
        return Files()

    def drawn(self, index: int, epoch: int) -> Raw:
        """Return the example of that number in that epoch."""
        numbers = self.numbers(index, epoch)
        images = [value for number in numbers for value in self.of.load(number).inputs.values()]
        labels = [self.of.labels[number] for number in numbers]
        return Raw(
            dict(zip(self.names, images, strict=True)), {ONLY: int(labels[0] == labels[1])}, apart=True
        )

    def numbers(self, index: int, epoch: int) -> tuple[int, ...]:
        """Return the numbers of its images among those drawn from."""
        random = generator(self.seed, Purpose.PAIRS, epoch if self.fresh else 0, index)
        first = self._first(index, random)
        if self.same is None:
            return first, self._partner(first, True, random), self._partner(first, False, random)
        return first, self._partner(first, self._is_same(index, self.same, random), random)

    def _first(self, index: int, random: np.random.Generator) -> int:
        """Every image once an epoch where there are as many draws; of a triplet's anchor there is another."""
        number = index if index < len(self.of) else int(random.integers(len(self.of)))
        if self.same is None and len(self.members[self.of.labels[number]]) < 2:
            several = [members for members in self.members if len(members) > 1]
            return _one(_one(several, random), random)
        return number

    def _is_same(self, index: int, share: float, random: np.random.Generator) -> bool:
        if self.fresh:
            return bool(random.random() < share)
        return int((index + 1) * share) > int(index * share)  # exactly the share, evenly spread

    def _partner(self, first: int, same: bool, random: np.random.Generator) -> int:
        label = self.of.labels[first]
        own = self.members[label]
        if same and len(own) > 1:
            place = int(random.integers(len(own) - 1))
            return own[place] if own[place] < first else own[place + 1]
        if same:
            return first
        others = [members for number, members in enumerate(self.members) if members and number != label]
        return _one(_one(others, random), random)


def draw_from(
    of: Labeled,
    classes: Sequence[str],
    names: tuple[str, ...],
    *,
    same: float | None,
    count: int | None,
    seed: int,
    fresh: bool,
) -> Drawn:
    """Return pairs, or triplets where `same` is None; `count` of them, or as many as there are images.

    Raises:
        WorldError: there is but one class, or for triplets none with two images.
    """
    places: list[list[int]] = [[] for _ in classes]
    for number, label in enumerate(of.labels):
        places[label].append(number)
    if sum(bool(members) for members in places) < 2:
        raise WorldError("all images are of one class: no two are different", "pairs need 2 classes or more")
    if same is None and max(map(len, places)) < 2:
        raise WorldError(
            "every class has a single image: no two are the same", "triplets need pairs of one class"
        )
    members = tuple(tuple(members) for members in places)
    return Drawn(of, count or len(of), same, seed, fresh, members, tuple(classes), names, of.in_memory)


def _one(options: Sequence[T], random: np.random.Generator) -> T:
    return options[int(random.integers(len(options)))]
