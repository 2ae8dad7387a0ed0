"""Answers about a plan that several checks ask for, worked out once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def once(function: Callable[P, T]) -> Callable[P, T]:
    """Return the function with its last results kept: for the very same objects it computes nothing.

    Plans are compared by identity: to compare or to hash their nodes would cost as much as most answers.
    """
    last: list[tuple[tuple[object, ...], T]] = []

    @wraps(function)
    def answered(*args: P.args, **named: P.kwargs) -> T:
        asked = (*args, *named.values())
        for before, answer in last:
            if len(before) == len(asked) and all(a is b for a, b in zip(before, asked, strict=True)):
                return answer
        answer = function(*args, **named)
        last[:] = [(asked, answer)]
        return answer

    return answered
