"""A block as a box: as large as its map and its channels make it, and its text needs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from archc.views.drawing.blocks import Block, Sketch, count_text, shape_text

TITLE, NOTE, MONO = 13.0, 11.0, 10.5
"""Font sizes in pixels."""
_CHIPS_WIDTH = 340.0


@dataclass(frozen=True, slots=True)
class Chip:
    """A word in a box of its own."""

    x: float
    y: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """A block with its place: left, top, width, height; `title` and `note` fit into it."""

    block: Block
    x: float
    y: float
    width: float
    height: float
    title: str
    note: str
    chips: tuple[Chip, ...] = ()

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    def moved(self, x: float, y: float) -> Box:
        """Return the same box at another place."""
        chips = tuple(Chip(c.x + x - self.x, c.y + y - self.y, c.width, c.text) for c in self.chips)
        return Box(self.block, x, y, self.width, self.height, self.title, self.note, chips)


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is drawn, a little more rather than less."""
    return sum(0.36 if c in "iljt.,·1 |" else 0.92 if c in "mwMW×" else 0.62 for c in text) * size


def box_of(block: Block, sketch: Sketch) -> Box:
    """Return the block as large as its map and channels make it, or its text."""
    title, note = block.title, _note(block)
    if block.chips and block.kind == "chips":
        return _chip_box(block, note)
    if block.kind == "join":
        title, note = block.chips[0], ""
        return Box(block, 0, 0, text_width(title, NOTE) + 28, 26, title, note)
    if block.kind in ("input", "output"):
        note = shape_text(block.out)
        wide = max(text_width(title, TITLE), text_width(note, MONO)) + 26
        return Box(block, 0, 0, max(wide, 92), 44, title, note)
    title = title if len(title) <= 30 else f"{title[:29]}…"
    sides = [math.log2(b.side) for b in sketch.blocks if b.kind == "maps"]
    share = (math.log2(block.side) - min(sides)) / max(max(sides) - min(sides), 1.0)
    text = max(text_width(title, TITLE), text_width(note, NOTE)) + 24
    height = 42 + 6 * max(0.0, math.log2(max(block.channels, 1) / 16))
    return Box(block, 0, 0, max(text, 124 + 130 * share), min(max(height, 42), 92), title, note)


def _chip_box(block: Block, note: str) -> Box:
    """Return layers one by one, in rows."""
    chips: list[Chip] = []
    x, y, right = 12.0, 32.0, 0.0
    for text in block.chips:
        width = text_width(text, NOTE) + 16
        if x + width > _CHIPS_WIDTH and x > 12:
            x, y = 12.0, y + 28
        chips.append(Chip(x, y, width, text))
        x += width + 6
        right = max(right, x)
    title = block.lane[0]
    wide = max(right + 6, text_width(title, TITLE) + text_width(note, NOTE) + 40, 140)
    return Box(block, 0, 0, wide, y + 34, title, note, tuple(chips))


def _note(block: Block) -> str:
    parts = []
    if block.convolutions and block.kind == "maps":
        parts.append(f"{block.convolutions} conv")
    if block.shared:
        parts.append("same weights")
    elif block.parameters:
        parts.append(f"{count_text(block.parameters)} par")
    return " · ".join(parts)
