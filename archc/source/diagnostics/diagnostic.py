"""Faults as values.

A diagnostic names its places by their paths in the data, so that a module which knows no text can make one;
the renderer finds the text.
"""

from __future__ import annotations

from typing import Literal

from archc.source.text.spans import Aim, Location, Path
from archc.spec.frozen import Frozen, frozen

Severity = Literal["error", "warning"]


@frozen
class Label(Frozen):
    """A place in the spec and what is to be said about it (may be empty).

    `at` is for faults of the text itself, which have no path yet; it wins over `path`.
    """

    path: Path = ()
    aim: Aim = "value"
    text: str = ""
    at: Location | None = None


Written = str | int | float | bool | list[str]
"""A value as a repair writes it."""


@frozen
class Fix(Frozen):
    """A repair so certain that anyone would make the same.

    At `path` the key is to be called `to` ("rename"), the value to be `to` ("replace"), or `to` is added at
    the root ("insert"). In a text that is at fault itself, what stands at `at` is to read `to`.
    """

    action: Literal["rename", "replace", "insert"]
    path: Path
    to: Written
    at: Location | None = None


@frozen
class Diagnostic(Frozen):
    """One fault: its code, its message, its places, the help, and a certain repair if there is one.

    Codes are those of `archc.source.diagnostics.codes`; the first place is the primary one.
    """

    code: str
    message: str
    labels: tuple[Label, ...] = (Label(),)
    help: tuple[str, ...] = ()
    severity: Severity = "error"
    fix: Fix | None = None
