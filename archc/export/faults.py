"""What stands between a plan and its file, in one line each."""

from __future__ import annotations

from archc.catalog.graph import SpecPath
from archc.files.errors import WorldError


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
