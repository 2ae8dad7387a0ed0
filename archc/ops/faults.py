"""Faults of the catalog: an op that cannot take its inputs, or a field that cannot take a value."""

from __future__ import annotations


class Mismatch(Exception):
    """A value from outside that is not what its field asks for."""


class ShapeFault(Exception):
    """An op that does not fit its inputs.

    Attributes:
        field: the op's field at fault, or None for the op as a whole.
        help: what to do about it.
    """

    def __init__(self, message: str, *, field: str | None = None, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.help = help
