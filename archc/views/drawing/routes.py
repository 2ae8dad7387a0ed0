"""The edges of a drawing as lines: straight where they can be, around what stands between where not."""

from __future__ import annotations

from archc.views.drawing.blocks import Edge, shape_text
from archc.views.drawing.boxes import Box
from archc.views.drawing.drawing import Drawing, Lane, Line, Points


def lines_of(made: Drawing) -> list[Line]:
    merged: dict[tuple[str, str], Edge] = {}
    for edge in made.sketch.edges:
        merged.setdefault((edge.source, edge.target), edge)
    return [_line(made, edge) for edge in merged.values()]


def _line(made: Drawing, edge: Edge) -> Line:
    one, other = made.boxes[edge.source], made.boxes[edge.target]
    leads_on = any(e.source == edge.source and _in_lane(made, e, one.block.lane) for e in made.sketch.edges)
    skip = one.block.lane != other.block.lane and one.block.kind == "maps" and leads_on
    text = shape_text(edge.out) if one.block.kind != "input" and other.block.kind != "output" else ""
    if abs(one.middle[0] - other.middle[0]) < max(one.width, other.width) / 2:
        return _upright(edge, one, other, made, text)
    if one.y < other.y + other.height and other.y < one.y + one.height:
        return _level(edge, one, other, made, skip, text)
    if other.block.kind in ("chips", "join", "output") and other.y > one.y:
        return _into_head(edge, one, other, made, text)
    return _stepped(edge, one, other, skip, text)


def _in_lane(made: Drawing, edge: Edge, lane: Lane) -> bool:
    return made.boxes[edge.target].block.lane == lane


def _upright(edge: Edge, one: Box, other: Box, made: Drawing, text: str) -> Line:
    """Return between two boxes one above the other; around what stands between them."""
    down = other.y > one.y
    start = one.y + one.height if down else one.y
    end = other.y if down else other.y + other.height
    low, high = min(start, end), max(start, end)
    between = [
        b
        for b in made.boxes.values()
        if b not in (one, other) and b.y < high and b.y + b.height > low and _across(b, one, other)
    ]
    x, x2 = one.middle[0], other.middle[0]
    if between:
        side = max(b.x + b.width for b in (*between, one, other)) + 22
        points = (
            (one.x + one.width, one.middle[1]),
            (side, one.middle[1]),
            (side, other.middle[1]),
            (other.x + other.width, other.middle[1]),
        )
        return Line(edge, points, True, text, side + 6, (one.middle[1] + other.middle[1]) / 2, "start")
    if abs(x - x2) < 1:
        return Line(edge, ((x, start), (x2, end)), False, text, x + 8, (start + end) / 2 + 4, "start")
    half = (start + end) / 2
    points = ((x, start), (x, half), (x2, half), (x2, end))
    return Line(edge, points, False, text, x2 + 8, half + 14, "start")


def _across(box: Box, one: Box, other: Box) -> bool:
    x = (one.middle[0] + other.middle[0]) / 2
    return box.x < x < box.x + box.width


def _level(edge: Edge, one: Box, other: Box, made: Drawing, skip: bool, text: str) -> Line:
    """Return between two boxes beside each other; over the top of what stands between them."""
    right = other.x > one.x
    start = one.x + one.width if right else one.x
    end = other.x if right else other.x + other.width
    low, high = max(one.y, other.y), min(one.y + one.height, other.y + other.height)
    y = (low + high) / 2
    between = [
        b
        for b in made.boxes.values()
        if b not in (one, other)
        and min(start, end) < b.middle[0] < max(start, end)
        and b.y - 8 < y < b.y + b.height + 8
    ]
    if between:
        above = min(b.y for b in (*between,)) - 14
        points = (
            (start, y),
            (start + 18, y),
            (start + 18, above),
            (end - 18, above),
            (end - 18, y),
            (end, y),
        )
        return Line(edge, points, skip, text, end - 18 - 8, above - 5, "end")
    return Line(edge, ((start, y), (end, y)), skip, text, (start + end) / 2, y - 6, "middle")


def _into_head(edge: Edge, one: Box, other: Box, made: Drawing, text: str) -> Line:
    """Return down to a head; past the left of what stands below its source."""
    half, x, x2 = other.y - 20, one.middle[0], other.middle[0]
    below = [
        b
        for b in made.boxes.values()
        if b not in (one, other) and b.x < x < b.x + b.width and one.y < b.y < half
    ]
    fans = sum(e.source == edge.source for e in made.sketch.edges) > 1
    points: Points = ((x, one.y + one.height), (x, half), (x2, half), (x2, other.y))
    if below:
        side = min(b.x for b in (*below, one)) - 26
        side = x2 if abs(side - x2) < 20 else side
        points = ((one.x, one.middle[1]), (side, one.middle[1]), (side, half), (x2, half), (x2, other.y))
    if fans:
        return Line(edge, points, False, text, x2 + 8, other.y - 6, "start")
    return Line(edge, points, False, text, x + 8, half - 6, "start")


def _stepped(edge: Edge, one: Box, other: Box, skip: bool, text: str) -> Line:
    """Return between two boxes that are neither above nor beside each other."""
    right = other.x > one.x
    start = one.x + one.width if right else one.x
    end = other.x if right else other.x + other.width
    if other.y + other.height < one.y:  # up into the foot of a decoder
        y, x2 = one.middle[1], other.middle[0]
        foot = ((start, y), (x2, y), (x2, other.y + other.height))
        return Line(edge, foot, skip, text, (start + x2) / 2, y - 6, "middle")
    turn = end - 30 if right else end + 30
    points = ((start, one.middle[1]), (turn, one.middle[1]), (turn, other.middle[1]), (end, other.middle[1]))
    return Line(
        edge,
        points,
        skip,
        text,
        start + 10 if right else start - 10,
        one.middle[1] - 6,
        "start" if right else "end",
    )
