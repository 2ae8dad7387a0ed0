"""Places for the blocks of a drawing: a column for each part of the model, a band for each size of map.

Blocks of one size stand in one band, so that a decoder climbs beside its encoder and a skip is a level line.
What has no map any more (a head) stands below all bands, under what it reads.
"""

from __future__ import annotations

from collections.abc import Sequence

from archc.views.drawing.blocks import Block, Sketch
from archc.views.drawing.boxes import MONO, Box, box_of, text_width
from archc.views.drawing.drawing import Drawing, Lane, Line
from archc.views.drawing.routes import lines_of

_GAP_X, _GAP_Y, _MARGIN, _HEAD = 150.0, 46.0, 40.0, 62.0
_NARROWEST, _BESIDE = 600.0, 30.0


def laid_out(sketch: Sketch) -> Drawing:
    """Return the sketch with places."""
    made = Drawing(sketch)
    tails = _tails(sketch)
    bands = _bands([b for b in sketch.blocks if b.lane not in tails and b.kind != "output"])
    lanes = list(dict.fromkeys(b.lane for b in sketch.blocks if b.lane not in tails and b.kind != "output"))
    boxes = {block.key: box_of(block, sketch) for block in sketch.blocks}
    _place_bands(made, lanes, bands, boxes)
    _place_tails(made, boxes, tails)
    _place_outputs(made, boxes, tails)
    _shift(made)
    made.twins = _twins(made)
    made.lines = lines_of(made)
    made.width = max(
        *(box.x + box.width for box in made.boxes.values()),
        *(_right_of(line) for line in made.lines),
        *(point[0] for line in made.lines for point in line.points),
        _NARROWEST - _MARGIN,
    )
    made.width += _MARGIN
    made.height = max(
        *(box.y + box.height for box in made.boxes.values()),
        *(point[1] for line in made.lines for point in line.points),
    )
    made.height += _MARGIN
    return made


def _right_of(line: Line) -> float:
    width = text_width(line.text, MONO)
    return line.text_x + (width if line.anchor == "start" else width / 2)


def _tails(sketch: Sketch) -> set[Lane]:
    """Return lanes to stand below the bands: those without maps, and joins that only such lanes read."""
    lanes = dict.fromkeys(b.lane for b in sketch.blocks if b.kind not in ("output", "input"))
    inside = {lane: [b for b in sketch.blocks if b.lane == lane and b.kind != "input"] for lane in lanes}
    found = {lane for lane, blocks in inside.items() if all(b.kind == "chips" for b in blocks)}
    home = {b.key: b.lane for b in sketch.blocks}
    for lane in reversed(list(lanes)):
        if lane not in found and all(b.kind in ("join", "chips") for b in inside[lane]):
            readers = {home[e.target] for e in sketch.edges if home[e.source] == lane} - {lane}
            if readers and readers <= found | {home[b.key] for b in sketch.blocks if b.kind == "output"}:
                found.add(lane)
    return found if len(found) < len(lanes) else set()


def _bands(blocks: Sequence[Block]) -> dict[str, int]:
    """Return for each block the number of its band: 0 for the largest maps."""
    sides = sorted({b.side for b in blocks}, reverse=True)
    number, band = {}, -1
    for i, side in enumerate(sides):
        band += i == 0 or sides[i - 1] - side > 1
        number[side] = band
    return {b.key: number[b.side] for b in blocks}


def _place_bands(made: Drawing, lanes: Sequence[Lane], bands: dict[str, int], boxes: dict[str, Box]) -> None:
    blocks = [b for b in made.sketch.blocks if b.key in bands]
    stacks: dict[tuple[Lane, int], list[Box]] = {}
    for block in blocks:
        stacks.setdefault((block.lane, bands[block.key]), []).append(boxes[block.key])
    heights = {
        band: max(_tall(stack) for (_, b), stack in stacks.items() if b == band)
        for band in set(bands.values())
    }
    left = 0.0
    for lane in lanes:
        own = [boxes[b.key] for b in blocks if b.lane == lane]
        width = max(box.width for box in own)
        climbs = bands[own[-1].block.key] < bands[own[0].block.key]
        top = 0.0
        for band in sorted(heights):
            stack = stacks.get((lane, band), [])
            y = top + (heights[band] - _tall(stack)) / 2
            for box in reversed(stack) if climbs else stack:
                made.boxes[box.block.key] = box.moved(left + (width - box.width) / 2, y)
                y += box.height + _GAP_Y
            top += heights[band] + _GAP_Y
        left += width + _GAP_X


def _tall(stack: Sequence[Box]) -> float:
    return sum(box.height for box in stack) + _GAP_Y * max(len(stack) - 1, 0)


def _place_tails(made: Drawing, boxes: dict[str, Box], tails: set[Lane]) -> None:
    """Place heads below everything: each under what it reads, side by side where they would meet."""
    waiting = [b for b in made.sketch.blocks if b.lane in tails]
    top = max(box.y + box.height for box in made.boxes.values()) + _GAP_Y
    while waiting:
        ready = [b for b in waiting if all(s in made.boxes for s in _sources(made.sketch, b))]
        row = sorted(((_above(made, block), boxes[block.key]) for block in ready), key=lambda item: item[0])
        for box in _spread(row, top):
            made.boxes[box.block.key] = box
        top += max(box.height for _, box in row) + _GAP_Y
        waiting = [b for b in waiting if b not in ready]


def _above(made: Drawing, block: Block) -> float:
    """Return the middle of what a block reads."""
    middles = [made.boxes[source].middle[0] for source in _sources(made.sketch, block)]
    return sum(middles) / max(len(middles), 1)


def _spread(row: Sequence[tuple[float, Box]], top: float) -> list[Box]:
    """Return boxes in a row, each at its middle or moved off its neighbor; the row's middle stays."""
    lefts: list[float] = []
    for middle, box in row:
        left = middle - box.width / 2
        if lefts:
            left = max(left, lefts[-1] + row[len(lefts) - 1][1].width + _BESIDE)
        lefts.append(left)
    wanted = sum(middle for middle, _ in row) / len(row)
    found = sum(left + box.width / 2 for left, (_, box) in zip(lefts, row, strict=True)) / len(row)
    return [box.moved(left + wanted - found, top) for left, (_, box) in zip(lefts, row, strict=True)]


def _sources(sketch: Sketch, block: Block) -> list[str]:
    return [edge.source for edge in sketch.edges if edge.target == block.key]


def _place_outputs(made: Drawing, boxes: dict[str, Box], tails: set[Lane]) -> None:
    """Place each output beside the block that makes it: right of a map, below a head."""
    for block in made.sketch.blocks:
        if block.kind != "output":
            continue
        source = made.boxes[_sources(made.sketch, block)[0]]
        box = boxes[block.key]
        below = source.block.lane in tails or source.block.kind == "chips"
        x = source.middle[0] - box.width / 2 if below else source.x + source.width + 62
        y = source.y + source.height + 34 if below else source.middle[1] - box.height / 2
        while any(_overlap(box.moved(x, y), other) for other in made.boxes.values()):
            x, y = (x + 20, y) if below else (x, y + 20)
        made.boxes[block.key] = box.moved(x, y)


def _overlap(one: Box, other: Box) -> bool:
    apart_x = one.x + one.width + 8 <= other.x or other.x + other.width + 8 <= one.x
    return not apart_x and one.y < other.y + other.height + 8 and other.y < one.y + one.height + 8


def _twins(made: Drawing) -> list[tuple[Box, Box]]:
    """Return boxes that do the same work with the same weights, the first application first."""
    first = {b.block.key: b for b in made.boxes.values()}
    pairs = []
    for key, box in made.boxes.items():
        base, _, tag = key.partition("@")
        if tag and base in first and box.block.shared:
            pairs.append((first[base], box))
    return pairs


def _shift(made: Drawing) -> None:
    """Move everything so that the margins are kept; the title stands above."""
    left = min(box.x for box in made.boxes.values())
    wide = max(box.x + box.width for box in made.boxes.values()) - left
    left -= max(0.0, (_NARROWEST - 2 * _MARGIN - wide) / 2)
    top = min(box.y for box in made.boxes.values())
    for key, box in made.boxes.items():
        made.boxes[key] = box.moved(box.x - left + _MARGIN, box.y - top + _MARGIN + _HEAD)
