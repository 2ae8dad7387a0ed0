"""Faults that keep a plan from being exported, in one line each."""

from __future__ import annotations

import re

from archc.files.errors import WorldError
from archc.ops.node import SpecPath


class ExportFault(WorldError):
    """A model that has no exact ONNX form as asked: it names the node and what to ask for instead.

    Attributes:
        origin: the place in the spec the node comes from; empty where it is the model as a whole.
    """

    def __init__(self, message: str, help: str | None = None, origin: SpecPath = ()) -> None:
        super().__init__(message, help)
        self.origin = origin


class ParityError(WorldError):
    """A file that does not compute what the torch module computes; it was not kept."""


_COLOR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def cause_of(failure: BaseException) -> str:
    """Return the first line of what lies at the bottom of a failure, in at most 200 characters.

    Torch's exporter wraps the cause in advice on debugging torch, in colors.
    """
    while failure.__cause__ is not None:
        failure = failure.__cause__
    lines = _COLOR.sub("", str(failure)).strip().splitlines()
    return (lines[0].strip() if lines else type(failure).__name__)[:200]
