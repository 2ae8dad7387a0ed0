"""Random numbers as functions of what they are for, never of what was drawn before.

A run that is resumed, or that loads with another number of workers, thus sees the same examples in the same
order with the same changes; and nothing here draws from a global generator.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """The purposes that random numbers are drawn for: one independent stream each."""

    ORDER = 1
    AUGMENT = 2
    SPLIT = 3
    DROPOUT = 4
    PAIRS = 5


def generator(seed: int, purpose: Purpose, *key: int) -> np.random.Generator:
    """Return a new generator that these numbers alone determine."""
    return np.random.default_rng((seed, int(purpose), *key))


def seed_of(seed: int, purpose: Purpose, *key: int) -> int:
    """Return a seed of 63 bits that these numbers alone determine, for a library's own generator."""
    state = np.random.SeedSequence((seed, int(purpose), *key)).generate_state(1, np.uint64)
    return int(state[0]) >> 1
