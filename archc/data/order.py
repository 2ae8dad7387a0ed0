"""Which examples make which batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from archc.data.randomness import Purpose, generator


def in_order(count: int, batch_size: int) -> list[list[int]]:
    """Return all examples in batches, in their order; the last batch may be shorter."""
    return _cut(range(count), batch_size)


def shuffled(count: int, batch_size: int, seed: int, epoch: int) -> list[list[int]]:
    """Return the batches of one epoch of training, a function of the arguments alone.

    A short last batch is left out (its gradient would be noisier at the same rate, and batch norm fails on
    one example), unless it is all there is: an epoch always has a batch.
    """
    order = generator(seed, Purpose.ORDER, epoch).permutation(np.arange(count))
    return _cut([int(i) for i in order], batch_size)[: batches_in(count, batch_size)]


def batches_in(count: int, batch_size: int) -> int:
    """Return the number of batches of one epoch of training."""
    return max(count // batch_size, 1) if count else 0


def _cut(order: Sequence[int], batch_size: int) -> list[list[int]]:
    return [list(order[start : start + batch_size]) for start in range(0, len(order), batch_size)]


Key = tuple[int, int]
"""An epoch and an example's number: all that an example's random changes depend on beside the seed."""


class Order:
    """The batch sampler of a loader whose workers live on: it is told the epoch, and asked for keys."""

    def __init__(self, count: int, batch_size: int, seed: int | None) -> None:
        self._count, self._batch_size, self._seed = count, batch_size, seed
        self.epoch, self.first = 0, 0

    def __len__(self) -> int:
        return len(self._batches()) - self.first

    def __iter__(self) -> Iterator[list[Key]]:
        epoch = self.epoch
        for batch in self._batches()[self.first :]:
            yield [(epoch, index) for index in batch]

    def _batches(self) -> list[list[int]]:
        if self._seed is None:
            return in_order(self._count, self._batch_size)
        return shuffled(self._count, self._batch_size, self._seed, self.epoch)
