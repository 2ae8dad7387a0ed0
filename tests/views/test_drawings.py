"""Drawings: everything in its place, nothing over anything else, text that cannot leave its frame."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from archc.cli import main
from archc.plan.compile import compile_document
from archc.plan.plan import Plan
from archc.source.document.document import read
from archc.views.drawing.blocks import shape_text, sketch
from archc.views.drawing.boxes import Box
from archc.views.drawing.drawing import Drawing
from archc.views.drawing.layout import laid_out
from archc.views.drawing.mermaid import mermaid
from archc.views.drawing.svg import svg
from tests.parity.specs import classifier, lowered, unet

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").glob("*.toml"))
GOLDEN = ROOT / "tests" / "golden"
TWINS = """archc = 1
[input]
size = [64, 64]
channels = 1
[model]
kind = "siamese"
classes = 2
[model.body]
ref = "torchvision/resnet18"
"""
TEXTS = {
    "classifier": classifier("torchvision/resnet18", (64, 64)),
    "twins": TWINS,
    "tokens": classifier("torchvision/vit_b_32", (224, 224)),
    "dense": unet("torchvision/densenet121", (128, 160)),
    "deep": unet("torchvision/resnet50", (360, 480)),
    "odd": unet("torchvision/efficientnet_b0", (97, 131)),
    "windows": unet("torchvision/swin_t", (128, 160)),
    "branches": classifier("torchvision/googlenet", (128, 128)),
}


def plans() -> list[tuple[str, Plan]]:
    drawn = [(path.stem, compile_document(read(path)).plan) for path in SPECS]
    return drawn + [(name, lowered(text)) for name, text in TEXTS.items()]


@pytest.fixture(params=plans(), ids=lambda item: item[0])
def plan(request: pytest.FixtureRequest) -> Plan:
    drawn: Plan = request.param[1]
    return drawn


def overlap(one: Box, other: Box) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    above = one.y + one.height <= other.y or other.y + other.height <= one.y
    return not beside and not above


def test_blocks_hold_every_node_once_and_edges_join_blocks(plan: Plan) -> None:
    drawn = sketch(plan)
    held = [name for block in drawn.blocks for name in block.names]
    assert sorted(held) == sorted([n.name for n in plan.nodes] + [i.name for i in plan.inputs])
    keys = {block.key for block in drawn.blocks}
    assert len(keys) == len(drawn.blocks)
    assert all(edge.source in keys and edge.target in keys for edge in drawn.edges)
    assert {edge.target for edge in drawn.edges} == keys - {f"input {i.name}" for i in plan.inputs}


def test_no_box_lies_over_another(plan: Plan) -> None:
    boxes = laid_out(sketch(plan)).boxes.values()
    assert [(a.title, b.title) for a, b in combinations(boxes, 2) if overlap(a, b)] == []


def test_everything_lies_inside_the_picture(plan: Plan) -> None:
    made = laid_out(sketch(plan))
    for box in made.boxes.values():
        assert box.x >= 0
        assert box.x + box.width <= made.width
        assert box.y >= 0
        assert box.y + box.height <= made.height
        assert all(box.x <= c.x and c.x + c.width <= box.x + box.width for c in box.chips)
    for line in made.lines:
        assert all(0 <= x <= made.width and 0 <= y <= made.height for x, y in line.points)


def test_the_svg_is_xml_that_needs_nothing_from_outside(plan: Plan) -> None:
    text = svg(plan)
    root = ET.fromstring(text)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    found = [element for element in root.iter() if element.tag.endswith("}text")]
    assert found
    for element in found:
        assert 0 <= float(element.attrib["x"]) <= width
        assert 0 <= float(element.attrib["y"]) <= height
    assert text.count("http") == 1  # the name of SVG itself
    assert "<script" not in text
    assert "<image" not in text
    assert svg(plan) == text


def test_every_block_and_edge_is_drawn(plan: Plan) -> None:
    drawn = sketch(plan)
    root = ET.fromstring(svg(plan))
    groups = {e.attrib["id"] for e in root.iter() if "block" in e.attrib.get("class", "").split()}
    assert groups == {block.key for block in drawn.blocks}
    lines = [e for e in root.iter() if "e" in e.attrib.get("class", "").split()]
    assert len(lines) == len({(edge.source, edge.target) for edge in drawn.edges})


def test_a_unet_is_a_u() -> None:
    drawn = sketch(lowered(TEXTS["deep"]))
    made = laid_out(drawn)
    body = [made.boxes[block.key] for block in drawn.blocks if block.lane[0] == "body"]
    decoder = [made.boxes[block.key] for block in drawn.blocks if block.lane[0] == "decoder"]
    assert max(box.x + box.width for box in body) < min(box.x for box in decoder)
    maps = [box for box in body if box.block.kind == "maps"]
    assert [box.y for box in maps] == sorted(box.y for box in maps)
    assert [box.y for box in decoder] == sorted((box.y for box in decoder), reverse=True)
    assert [box.width for box in maps[1:]] == sorted((box.width for box in maps[1:]), reverse=True)
    assert [box.height for box in maps] == sorted(box.height for box in maps)
    skips = [line for line in made.lines if line.skip]
    assert [(made.boxes[s.edge.source].title, made.boxes[s.edge.target].title) for s in skips] == [
        ("layer3", "blocks.0"),
        ("layer2", "blocks.1"),
        ("maxpool, layer1", "blocks.2"),
        ("conv1", "blocks.3"),
    ]
    assert all(line.points[0][1] == line.points[-1][1] for line in skips)
    assert skips[0].text == "1024 × 23 × 30"


def towers(made: Drawing) -> tuple[list[Box], list[Box]]:
    first = [b for b in made.boxes.values() if b.block.lane == ("body", "") and b.block.kind == "maps"]
    second = [b for b in made.boxes.values() if b.block.lane == ("body", "right") and b.block.kind == "maps"]
    return first, second


def test_twins_are_two_towers_of_one_set_of_weights() -> None:
    drawn = sketch(lowered(TWINS))
    made = laid_out(drawn)
    first, second = towers(made)
    assert [box.y for box in first] == [box.y for box in second]
    assert [box.title for box in first] == [box.title for box in second]
    assert all(box.block.shared and not box.block.parameters for box in second)
    assert len(made.twins) == len(first)
    assert svg(lowered(TWINS)).count("shared weights") == 1
    assert drawn.parameters == sum(block.parameters for block in drawn.blocks)


def test_heads_are_chips() -> None:
    made = laid_out(sketch(lowered(TEXTS["classifier"])))
    (head,) = [box for box in made.boxes.values() if box.block.kind == "chips"]
    assert [chip.text for chip in head.chips][:2] == ["concat pool", "flatten"]
    assert head.chips[-1].text == "linear 10"


def test_text_from_a_spec_cannot_leave_its_place() -> None:
    hostile = '</text><script>alert("1")</script>&`]'
    plan = lowered(TEXTS["classifier"])
    plan = replace(plan, name=hostile, outputs=(replace(plan.outputs[0], name=hostile),))
    root = ET.fromstring(svg(plan))
    assert not [e for e in root.iter() if e.tag.endswith("script")]
    assert "<script" not in mermaid(plan)
    assert '"1"' not in mermaid(plan)


def test_the_mermaid_text_is_as_kept() -> None:
    kept = (GOLDEN / "twins.mmd").read_text(encoding="utf-8")
    assert mermaid(lowered(TWINS)) == kept


def test_mermaid_names_every_block(plan: Plan) -> None:
    drawn = sketch(plan)
    lines = mermaid(plan).splitlines()
    assert lines[0] == "flowchart TD"
    assert sum("-->|" in line for line in lines) == len(drawn.edges)
    assert sum(line.lstrip().startswith("subgraph ") for line in lines) == sum(
        line.strip() == "end" for line in lines
    )
    for index in range(len(drawn.blocks)):
        openings = tuple(f"n{index}{mark}" for mark in "[({")
        assert sum(line.lstrip().startswith(openings) for line in lines) == 1


def test_the_command_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = str(ROOT / "specs" / "digits.toml")
    assert main(["build", spec, "--emit", "mermaid"]) == 0
    assert capsys.readouterr().out.startswith("flowchart TD\n")
    target = tmp_path / "digits.svg"
    assert main(["build", spec, "--emit", "svg", "--out", str(target)]) == 0
    assert capsys.readouterr().out == ""
    assert ET.fromstring(target.read_text(encoding="utf-8")).tag.endswith("svg")


def test_maps_with_their_channels_last_are_shown_channels_first() -> None:
    drawn = sketch(lowered(TEXTS["windows"]))
    body = [block.title for block in drawn.blocks if block.lane[0] == "body" and block.kind == "maps"]
    assert body == ["features.0 to 1", "features.2 to 3", "features.4 to 5", "features.6 to 7"]
    shapes = {shape_text(edge.out) for edge in drawn.edges}
    assert {"96 × 32 × 40", "192 × 16 × 20", "384 × 8 × 10", "768 × 4 × 5"} <= shapes
    assert not any(shape.endswith(" × 96") for shape in shapes)
