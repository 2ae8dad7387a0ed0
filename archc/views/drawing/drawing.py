"""A drawing: boxes and lines, everything with its place."""

from __future__ import annotations

from dataclasses import dataclass, field

from archc.views.drawing.blocks import Edge, Sketch
from archc.views.drawing.boxes import Box

Points = tuple[tuple[float, float], ...]
Lane = tuple[str, str]
"""A part of the model, and which application of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """An edge as a path of points, and where its shape is written; `skip` jumps over other blocks."""

    edge: Edge
    points: Points
    skip: bool
    text: str
    text_x: float
    text_y: float
    anchor: str


@dataclass(slots=True)
class Drawing:
    """Everything with its place, and the size of the whole."""

    sketch: Sketch
    boxes: dict[str, Box] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    twins: list[tuple[Box, Box]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
