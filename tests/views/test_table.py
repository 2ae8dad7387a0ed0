"""The layer table and the plan as text: what `archc build` prints."""

from __future__ import annotations

import json
import os
from pathlib import Path

from archc.plan.parameters import named_buffers, named_parameters
from archc.plan.totals import totals
from archc.views.table import rows
from archc.views.text import plan_json, plan_text
from tests.plan.texts import CLASSIFIER, SIAMESE, UNET, plan_of

GOLDEN = Path(__file__).parents[1] / "golden"
SMALL = """\
archc = 1
name = "small_unet"
[input]
size = [33, 48]
channels = 1
[model]
kind = "unet"
classes = 3
[model.body]
ref = "torchvision/resnet18"
cut = "layer1"
[model.decoder]
last_cross = false
upsample = "bilinear"
"""


def test_golden_plan() -> None:
    """Set ARCHC_WRITE_GOLDEN=1 to write the file anew; read the difference before committing it."""
    golden, text = GOLDEN / "small_unet.plan.txt", plan_text(plan_of(SMALL))
    if os.environ.get("ARCHC_WRITE_GOLDEN"):
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


def test_json_holds_the_same_nodes() -> None:
    plan = plan_of(SMALL)
    found = json.loads(plan_json(plan))
    assert found["archc_plan"] == 1
    assert [node["name"] for node in found["nodes"]] == [node.name for node in plan.nodes]
    assert found["inputs"][0]["type"] == {"shape": ["N", 1, 33, 48], "dtype": "float32"}
    assert found["outputs"] == {"scores": "decoder.output"}


def test_every_parameter_is_in_one_row() -> None:
    for text in (CLASSIFIER, UNET, SIAMESE):
        plan = plan_of(text)
        held = sum(t.size for t in named_parameters(plan))
        groups = {t.name: "all" for t in named_parameters(plan)}
        for full in (True, False):
            found = rows(plan, groups, full=full)
            assert sum(row.parameters for row in found) == held
            assert sum(row.multiply_adds for row in found) == totals(plan, 1).multiply_adds
        assert len(rows(plan, groups)) < len(rows(plan, groups, full=True)) == len(plan.nodes)


def test_known_figures_of_resnet34() -> None:
    """Parameters and multiply-adds as the literature states them: 21.8 million and 3.66 thousand million."""
    plan = plan_of(
        CLASSIFIER, "input.size=[224, 224]", "model.classes=1000", "model.body.cut=fc", "model.head.layers=[]"
    )
    found = totals(plan, 1)
    assert found.parameters == 21_797_672
    assert found.buffers == sum(t.size for t in named_buffers(plan)) == 17_060
    assert abs(found.multiply_adds - 3_663_761_408) < 10_000_000


def test_activations_grow_with_the_batch() -> None:
    plan = plan_of(UNET)
    one, eight = totals(plan, 1), totals(plan, 8)
    assert eight.kept == 8 * one.kept
    assert eight.peak == 8 * one.peak
    assert one.peak < one.kept


def test_a_decoders_steps_are_shown_one_by_one_whatever_the_decoder_is_called() -> None:
    found = [row.path for row in rows(plan_of(SMALL), {})]
    assert [path for path in found if ".blocks" in path] == ["decoder.blocks.0"]
    graph = """
archc = 1
input = { size = [32, 48] }
[model]
kind = "graph"
outputs = { scores = "segment" }
modules = { encoder = { body = { ref = "torchvision/resnet18", cut = "layer1" } } }
nodes = [
    { name = "features", use = "encoder", from = "image" },
    { name = "segment", from = "features", classes = 2, decoder = { upsample = "nearest" } },
]
"""
    paths = [row.path for row in rows(plan_of(graph), {})]
    assert [path for path in paths if ".blocks" in path] == ["segment.blocks.0"]
    assert "encoder.layer1" in paths


def test_twins_have_rows_of_their_own() -> None:
    found = {row.path: row for row in rows(plan_of(SIAMESE), {})}
    one, other = found["body.layer1"], found["body.layer1@right"]
    assert one.op == other.op
    assert one.multiply_adds == other.multiply_adds
    assert (one.parameters > 0, other.parameters) == (True, 0)
