"""Facts of ops and tables that are asked for again and again, found once for each object."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST = 10_000
"""Answers that are kept of one question; beyond it all are forgotten."""


def kept(question: Callable[[T], R]) -> Callable[[T], R]:
    """Keep what a function of something frozen returned, for the very objects that it was called with.

    A body's ops are the same objects in every plan of it; to hash one costs as much as most answers.
    """
    known: dict[int, tuple[T, R]] = {}

    @wraps(question)
    def answered(of: T) -> R:
        found = known.get(id(of))
        if found is not None and found[0] is of:
            return found[1]
        answer = question(of)
        if len(known) >= MOST:
            known.clear()
        known[id(of)] = of, answer
        return answer

    return answered
