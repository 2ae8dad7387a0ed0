"""Warnings that show the line of the caller, however deep in the house they are found."""

from __future__ import annotations

import sys
import warnings

_OWN = ("archc", "functools")  # a cached property is read through functools


def warn(line: str) -> None:
    """Warn at the nearest line outside of the package."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _OWN:
        frame, level = frame.f_back, level + 1
    warnings.warn(line, stacklevel=level)
