"""A plan as a Mermaid flowchart: text that Markdown renderers draw."""

from __future__ import annotations

from collections.abc import Iterator

from archc.plan.plan import Plan
from archc.views.drawing.blocks import Block, Sketch, count_text, shape_text, sketch
from archc.views.markup import mermaid_label

_SHAPES = {
    "input": ('(["', '"])'),
    "output": ('(["', '"])'),
    "join": ('{{"', '"}}'),
    "maps": ('["', '"]'),
    "chips": ('("', '")'),
}


def mermaid(plan: Plan) -> str:
    """Return the plan's blocks as a flowchart, a subgraph for each part of the model."""
    return "\n".join([*_lines(sketch(plan)), ""])


def _lines(drawn: Sketch) -> Iterator[str]:
    ids = {block.key: f"n{index}" for index, block in enumerate(drawn.blocks)}
    yield "flowchart TD"
    lanes = dict.fromkeys(block.lane for block in drawn.blocks if block.kind not in ("input", "output"))
    for block in drawn.blocks:
        if block.kind == "input":
            yield f"    {_node(ids[block.key], block)}"
    for number, lane in enumerate(lanes):
        name = f"{lane[0]} again, for {lane[1]}" if lane[1] else lane[0]
        yield f'    subgraph part{number}["{mermaid_label(name)}"]'
        for block in drawn.blocks:
            if block.lane == lane and block.kind != "input":
                yield f"        {_node(ids[block.key], block)}"
        yield "    end"
    for block in drawn.blocks:
        if block.kind == "output":
            yield f"    {_node(ids[block.key], block)}"
    for edge in drawn.edges:
        label = mermaid_label(shape_text(edge.out))
        yield f'    {ids[edge.source]} -->|"{label}"| {ids[edge.target]}'


def _node(name: str, block: Block) -> str:
    opening, closing = _SHAPES[block.kind]
    words = " · ".join(block.chips) if block.kind in ("chips", "join") else block.title
    counted = f"<br/>{count_text(block.parameters)} parameters" if block.parameters else ""
    return f"{name}{opening}{mermaid_label(words)}{counted}{closing}"
