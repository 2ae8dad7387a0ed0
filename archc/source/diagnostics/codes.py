"""Every diagnostic's code, and what `archc explain` and the reference page say about it.

Codes are never reused. ARC0xx reading and limits, ARC1xx structure, ARC2xx names and references, ARC3xx
shapes and channels, ARC4xx parameter groups and phases, ARC5xx data, ARC6xx export, ARC7xx advice.
"""

from __future__ import annotations

from archc.source.diagnostics.code_entry import Code
from archc.source.diagnostics.codes_advice import ADVICE
from archc.source.diagnostics.codes_bodies import BODIES
from archc.source.diagnostics.codes_data import DATA
from archc.source.diagnostics.codes_export import EXPORT
from archc.source.diagnostics.codes_groups import GROUPS
from archc.source.diagnostics.codes_names import NAMES
from archc.source.diagnostics.codes_reading import READING
from archc.source.diagnostics.codes_shapes import SHAPES
from archc.source.diagnostics.codes_structure import STRUCTURE

__all__ = ["CODES", "FAMILIES", "Code", "code_of"]

CODES: dict[str, Code] = READING | STRUCTURE | NAMES | BODIES | SHAPES | GROUPS | DATA | EXPORT | ADVICE

FAMILIES: tuple[tuple[str, str], ...] = (
    ("ARC0", "Reading a document"),
    ("ARC1", "Structure: keys, types and values"),
    ("ARC2", "Names and references"),
    ("ARC3", "Shapes, channels and size"),
    ("ARC4", "Parameter groups and phases"),
    ("ARC5", "Data, loss and metrics"),
    ("ARC6", "Export"),
    ("ARC7", "Advice"),
)
"""Beginnings of codes, and their subjects."""


def code_of(word: str) -> str | None:
    """Return the code that a code or a name stands for, in any case of letters; None for any other word."""
    if word.upper() in CODES:
        return word.upper()
    wanted = word.lower().replace("_", "-")
    return next((code for code, entry in CODES.items() if entry.name == wanted), None)
