"""Shapes at the ends of lines, the outline, and where names lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc.lsp.hints import hints
from archc.lsp.references import definition
from archc.lsp.symbols import Symbol, symbols
from archc.plan.compile import compile_document
from archc.source.document.document import read as read_document
from archc.source.text.spans import Span
from tests.lsp.cursor import read, split

ROOT = Path(__file__).parents[2]
SPECS = sorted(ROOT.glob("specs/*.toml"))


def shown(text: str, name: str = "a.arch.toml") -> dict[int, list[str]]:
    """The hints on each line, counted from 1, with what stands before them on the line."""
    found: dict[int, list[str]] = {}
    for each in hints(*read(text, name)):
        found.setdefault(text.count("\n", 0, each.offset) + 1, []).append(each.text)
    return found


def lines_with(text: str) -> dict[str, list[str]]:
    lines = text.splitlines()
    return {lines[number - 1].strip(): texts for number, texts in shown(text).items()}


def test_a_head_layer_by_layer() -> None:
    text = (ROOT / "specs" / "head_written_out.toml").read_text("utf-8")
    found = [texts[0] for texts in shown(text).values()]
    assert found == ["→ 1x32x32", "→ 256x2x2", "→ 512x1x1"] + ["→ 512"] * 3 + ["→ 128"] * 4 + ["→ 10"]


def test_input_body_decoder_and_skips() -> None:
    found = lines_with((ROOT / "specs" / "unet_nearest.toml").read_text("utf-8"))
    assert found["size = [120, 160]"] == ["→ 3x120x160"]
    assert found['ref = "torchvision/resnet18"'] == ["→ 512x4x5"]
    assert found["[model.decoder]"] == ["→ 11x120x160"]
    skips = next(texts for line, texts in found.items() if line.startswith("skips"))
    assert skips == ["→ 256x8x10", "→ 128x15x20", "→ 64x30x40", "→ 64x60x80"]


def test_nodes_of_a_graph() -> None:
    found = lines_with((ROOT / "specs" / "multi_task.toml").read_text("utf-8"))
    assert found['name = "features"'] == ["→ 512x4x5"]
    assert found['name = "both"'] == ["→ 768"]
    assert found['layers = [{ op = "global_avg_pool2d" }, { op = "flatten" }]'] == ["→ 512x1x1", "→ 512"]


def test_several_on_a_line_stand_behind_their_own_tables() -> None:
    text = (ROOT / "specs" / "multi_task.toml").read_text("utf-8")
    ends = [text[: each.offset].rsplit("\n", 1)[-1] for each in hints(*read(text))]
    assert 'layers = [{ op = "dropout", p = 0.5 }' in ends
    assert 'layers = [{ op = "dropout", p = 0.5 }, { op = "linear", out_features = 4 }' in ends


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_every_spec_shows_what_its_plan_has(path: Path) -> None:
    plan = compile_document(read_document(path)).plan
    sizes = {"x".join(map(str, kind.shape[1:])) for kind in plan.types().values()}
    text = path.read_text("utf-8")
    found = [each.text.removeprefix("→ ") for each in hints(*read(text, str(path)))]
    assert len(found) >= 2
    assert set(found) <= sizes


def test_json_has_them_too() -> None:
    text = '{"archc": 1,\n"input": {"size": [32, 32]},\n"model": {"kind": "classifier", "classes": 3,\n'
    text += '"body": {"ref": "torchvision/resnet18"}}}'
    assert shown(text, "a.arch.json") == {2: ["→ 3x32x32"], 4: ["→ 512x1x1"]}


def test_a_text_that_does_not_compile_shows_none() -> None:
    text = (ROOT / "specs" / "head_written_out.toml").read_text("utf-8")
    assert shown(text)
    assert shown(text + "\n[exp") == {}
    assert shown(text.replace('cut = "layer3"', 'cut = "layer9"')) == {}


def test_a_plan_with_faults_beside_it_still_shows_its_shapes() -> None:
    text = (ROOT / "specs" / "head_written_out.toml").read_text("utf-8")
    assert shown(text + '\n[expect]\noutput = ["N", 11]\n') == shown(text)


def test_only_what_is_asked_for() -> None:
    text = (ROOT / "specs" / "head_written_out.toml").read_text("utf-8")
    middle = text.index('op = "flatten"')
    found = hints(*read(text), Span(middle, middle + 5))
    assert [each.text for each in found] == ["→ 512"]


def outline(found: tuple[Symbol, ...]) -> list[object]:
    return [(each.name, outline(each.inside)) if each.inside else each.name for each in found]


def test_the_outline_has_sections_nodes_and_layers() -> None:
    text = (ROOT / "specs" / "multi_task.toml").read_text("utf-8")
    found = symbols(*read(text))
    assert [each.name for each in found] == [
        *("input", "model", "data", "losses", "metrics", "train", "expect"),
    ]
    model = found[1]
    assert ("middle", ["0 global_avg_pool2d", "1 flatten"]) in outline(model.inside)
    assert next(each for each in model.inside if each.name == "both").detail == "768"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_an_outline_is_nested_as_the_protocol_wants_it(path: Path) -> None:
    def check(found: tuple[Symbol, ...], within: Span) -> None:
        for each in found:
            assert within.start <= each.span.start <= each.token.start
            assert each.token.end <= each.span.end <= within.end
            assert each.name
            check(each.inside, each.span)

    text = path.read_text("utf-8")
    check(symbols(*read(text)), Span(0, len(text)))


def leads_to(text: str) -> str | None:
    """The line that the name at the cursor leads to, and the token there."""
    plain, offset = split(text)
    span = definition(read(plain)[0], offset)
    if span is None:
        return None
    line = plain[plain.rfind("\n", 0, span.start) + 1 : plain.find("\n", span.end)]
    return f"{plain[span.start : span.end]} in {line}"


def test_names_lead_to_what_they_name() -> None:
    text = (ROOT / "specs" / "multi_task.toml").read_text("utf-8")
    deep = leads_to(text.replace('["middle", "deep"]', '["middle", "de¦ep"]'))
    assert deep == '"deep" in name = "deep"'
    assert (
        leads_to(text.replace('"features.layer3"', '"features.la¦yer3"')) == '"features" in name = "features"'
    )
    assert (
        leads_to(text.replace('use = "encoder"', 'use = "enc¦oder"')) == "encoder in [model.modules.encoder]"
    )
    assert leads_to(text.replace('from = "image"', 'from = "ima¦ge"')) == "input in [input]"
    assert leads_to(text.replace('kind = "graph"', 'kind = "gr¦aph"')) is None
