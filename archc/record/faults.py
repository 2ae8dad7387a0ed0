"""Faults of the recorder: parts of a model that the closed op set cannot express."""

from __future__ import annotations

from archc.files.errors import WorldError


class Unrecordable(WorldError):
    """A part of a model that has no op: the recording stops, it never guesses.

    `where` is the path of the module in whose `forward` that is, as far as it is known; "" is the model.
    """

    where: str = ""
