"""Every diagnostic's code, and what `archc explain` and the reference page say about it.

Codes are never reused. ARC0xx reading and limits, ARC1xx structure, ARC2xx names and references, ARC3xx
shapes and channels, ARC4xx parameter groups and phases, ARC5xx data, ARC6xx export, ARC7xx advice.
"""

from __future__ import annotations

from archc.source.code_entry import Code
from archc.source.codes_advice import ADVICE
from archc.source.codes_bodies import BODIES
from archc.source.codes_data import DATA
from archc.source.codes_export import EXPORT
from archc.source.codes_groups import GROUPS
from archc.source.codes_names import NAMES
from archc.source.codes_reading import READING
from archc.source.codes_shapes import SHAPES
from archc.source.codes_structure import STRUCTURE

__all__ = ["CODES", "Code"]

CODES: dict[str, Code] = READING | STRUCTURE | NAMES | BODIES | SHAPES | GROUPS | DATA | EXPORT | ADVICE
