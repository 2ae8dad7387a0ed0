"""A drawing as SVG text: no script, no outside resource, the same bytes for the same plan."""

from __future__ import annotations

from collections.abc import Iterator

from archc.plan.plan import Plan
from archc.views.drawing.blocks import Block, count_text, sketch
from archc.views.drawing.boxes import MONO, NOTE, TITLE, Box, text_width
from archc.views.drawing.drawing import Drawing, Line
from archc.views.drawing.layout import laid_out
from archc.views.markup import xml_attribute, xml_text

_SANS = "'Inter', 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
_FIXED = "'SFMono-Regular', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_COLORS = (
    ("#e3edf9", "#4a7ebb"),
    ("#e2f3e6", "#4d9a66"),
    ("#f3e8f7", "#8d62a8"),
    ("#fdeee0", "#c98239"),
    ("#e6f4f5", "#3f8f97"),
)
"""Fill and edge for the parts of a model, in their order."""
_HEAD = ("#fdf3d7", "#c09a2c")
_PLAIN = ("#ffffff", "#7b8794")
_LEGEND = 96.0


def svg(plan: Plan) -> str:
    """Return the plan as an SVG image."""
    made = laid_out(sketch(plan))
    width, height = made.width, made.height + _LEGEND
    return "\n".join([*_document(made, width, height), ""])


def _document(made: Drawing, width: float, height: float) -> Iterator[str]:
    name, label = xml_text(made.sketch.name), xml_attribute(made.sketch.name)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" '
        f'width="{_n(width)}" height="{_n(height)}" role="img" aria-label="{label}">'
    )
    yield f"<title>{name}</title>"
    yield f"<style>text{{font-family:{_SANS};fill:#1f2933}} .m{{font-family:{_FIXED};fill:#52606d}}"
    yield ".n{fill:#52606d} .e{fill:none;stroke:#7b8794;stroke-width:1.5}"
    yield ".s{stroke:#2f9e8f;stroke-width:2.2}</style>"
    yield from _markers()
    yield f'<rect class="paper" width="{_n(width)}" height="{_n(height)}" fill="#ffffff"/>'
    yield from _heading(made)
    colors = _colors(made)
    yield from (_edge(line) for line in made.lines)
    yield from (_twin(one, other) for one, other in made.twins)
    for box in made.boxes.values():
        yield from _drawn(box, colors)
    yield from (_shape(line) for line in made.lines if line.text)
    yield from _twin_mark(made)
    yield from _legend(made, colors, height - _LEGEND)
    yield "</svg>"


def _markers() -> Iterator[str]:
    yield "<defs>"
    for name, color in (("flow", "#7b8794"), ("skip", "#2f9e8f")):
        yield (
            f'<marker id="{name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="9" markerHeight="9" '
            f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.8 8 4 0 7.2z" fill="{color}"/>'
            "</marker>"
        )
    yield "</defs>"


def _heading(made: Drawing) -> Iterator[str]:
    whole = made.sketch
    yield _text(40, 44, whole.name, 20, weight=600)
    held, work = count_text(whole.parameters), count_text(whole.multiply_adds)
    sums = f"{held} parameters · {work} multiply-adds an image"
    yield _text(40, 66, sums, 12, css="n")


def _colors(made: Drawing) -> dict[str, tuple[str, str]]:
    """Return a color for each part that has maps; parts without share the heads' color."""
    parts = dict.fromkeys(b.block.lane[0] for b in made.boxes.values() if b.block.kind == "maps")
    return {part: _COLORS[index % len(_COLORS)] for index, part in enumerate(parts)}


def _edge(line: Line) -> str:
    name = "skip" if line.skip else "flow"
    css = "e s" if line.skip else "e"
    return f'<path class="{css}" d="{_path(line)}" marker-end="url(#{name})"/>'


def _path(line: Line) -> str:
    """Return the points joined, corners rounded."""
    points = line.points
    parts = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(9.0, _length(before, corner) / 2, _length(corner, after) / 2)
        ax, ay = _toward(corner, before, radius)
        bx, by = _toward(corner, after, radius)
        parts.append(f"L{_n(ax)} {_n(ay)}Q{_n(corner[0])} {_n(corner[1])} {_n(bx)} {_n(by)}")
    parts.append(f"L{_n(points[-1][0])} {_n(points[-1][1])}")
    return "".join(parts)


def _length(a: tuple[float, float], b: tuple[float, float]) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _toward(a: tuple[float, float], b: tuple[float, float], distance: float) -> tuple[float, float]:
    length = _length(a, b) or 1.0
    return a[0] + (b[0] - a[0]) * distance / length, a[1] + (b[1] - a[1]) * distance / length


def _shape(line: Line) -> str:
    """Return the shape on an edge, on a patch of paper so that nothing runs through it."""
    width = text_width(line.text, MONO)
    shift = {"start": 0.0, "middle": width / 2, "end": width}[line.anchor]
    place = f'x="{_n(line.text_x - shift - 2)}" y="{_n(line.text_y - 9.5)}" width="{_n(width + 4)}"'
    patch = f'<rect {place} height="13" rx="2" fill="#ffffff" fill-opacity="0.85"/>'
    return patch + _text(line.text_x, line.text_y, line.text, MONO, css="m", anchor=line.anchor)


def _drawn(box: Box, colors: dict[str, tuple[str, str]]) -> Iterator[str]:
    block = box.block
    fill, stroke = _paint(block, colors)
    dash = ' stroke-dasharray="5 3"' if block.shared else ""
    radius = box.height / 2 if block.kind in ("join", "output") else 7
    yield (
        f'<g class="block {block.kind}" id="{xml_attribute(block.key)}">'
        f"<title>{xml_text(_hint(block))}</title>"
        f'<rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}" '
        f'rx="{_n(radius)}" fill="{fill}" stroke="{stroke}" stroke-width="1.4"{dash}/>'
    )
    if box.chips:
        yield _text(box.x + 12, box.y + 20, box.title, TITLE, weight=600)
        if box.note:
            yield _text(box.x + box.width - 12, box.y + 20, box.note, NOTE, css="n", anchor="end")
        for chip in box.chips:
            yield (
                f'<rect class="chip" x="{_n(chip.x)}" y="{_n(chip.y)}" width="{_n(chip.width)}" '
                f'height="22" rx="11" fill="#ffffff" stroke="{stroke}" stroke-opacity="0.55"/>'
            )
            yield _text(chip.x + chip.width / 2, chip.y + 15, chip.text, NOTE, anchor="middle")
    else:
        yield from _centered(box)
    yield "</g>"


def _centered(box: Box) -> Iterator[str]:
    x, y = box.middle
    size = NOTE if box.block.kind == "join" else TITLE
    yield _text(x, y + (-3 if box.note else size * 0.36), box.title, size, weight=600, anchor="middle")
    if box.note:
        css, small = ("m", MONO) if box.block.kind in ("input", "output") else ("n", NOTE)
        yield _text(x, y + 14, box.note, small, css=css, anchor="middle")


def _paint(block: Block, colors: dict[str, tuple[str, str]]) -> tuple[str, str]:
    if block.kind in ("input", "output"):
        return _PLAIN
    if block.kind == "join":
        return "#f1f3f5", "#7b8794"
    return _HEAD if block.kind == "chips" else colors[block.lane[0]]


def _hint(block: Block) -> str:
    """Return what a pointer held over the box shows."""
    names = block.names if len(block.names) <= 3 else (block.names[0], "…", block.names[-1])
    work = f"; {count_text(block.multiply_adds)} multiply-adds" if block.multiply_adds else ""
    return f"{', '.join(names) or block.title}: {block.out}{work}"


def _twin(one: Box, other: Box) -> str:
    """Return a light line between two boxes of the same weights."""
    left, right = sorted((one, other), key=lambda box: box.x)
    y = right.middle[1]
    return (
        f'<path class="twin" d="M{_n(left.x + left.width)} {_n(left.middle[1])}L{_n(right.x)} {_n(y)}" '
        'fill="none" stroke="#9aa5b1" stroke-width="1.2" stroke-dasharray="2 4"/>'
    )


def _twin_mark(made: Drawing) -> Iterator[str]:
    if not made.twins:
        return
    left, right = sorted(made.twins[0], key=lambda box: box.x)
    x = (left.x + left.width + right.x) / 2
    yield _text(x, left.middle[1] - 8, "shared weights", NOTE, css="n", anchor="middle")


def _legend(made: Drawing, colors: dict[str, tuple[str, str]], top: float) -> Iterator[str]:
    yield f'<path d="M40 {_n(top + 2)}H{_n(made.width - 40)}" stroke="#e4e7eb"/>'
    x, y = 40.0, top + 20
    items = [(part, *color) for part, color in colors.items()]
    if any(box.block.kind == "chips" for box in made.boxes.values()):
        items.append(("layers without a map", *_HEAD))
    for name, fill, stroke in items:
        wide = 28 + text_width(name, NOTE)
        if x + wide > made.width - 20:
            x, y = 40.0, y + 18
        yield (
            f'<rect x="{_n(x)}" y="{_n(y - 9)}" width="16" height="12" rx="3" '
            f'fill="{fill}" stroke="{stroke}"/>'
        )
        yield _text(x + 22, y + 1, name, NOTE, css="n")
        x += wide + 14
    notes = [
        "wide: large maps",
        "tall: many channels",
        "on edges: channels × height × width",
        "par: parameters",
    ]
    if any(line.skip for line in made.lines):
        notes.append("green: skip")
    if made.twins:
        notes.append("dashed: the same weights again")
    x, y = 40.0, y + 22
    for note in notes:
        wide = text_width(note, NOTE)
        if x + wide > made.width - 20:
            x, y = 40.0, y + 18
        yield _text(x, y, note, NOTE, css="n")
        x += wide + 18


def _text(
    x: float, y: float, text: str, size: float, *, css: str = "", weight: int = 0, anchor: str = "start"
) -> str:
    extra = f' class="{css}"' if css else ""
    extra += f' font-weight="{weight}"' if weight else ""
    extra += f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}"{extra}>{xml_text(text)}</text>'


def _n(value: float) -> str:
    """Return a number with one digit behind the point at most."""
    return f"{value:.1f}".removesuffix(".0")
