"""What stands under the pointer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lsp.cursor import page

ROOT = Path(__file__).parents[2]
GRAPH = (ROOT / "specs" / "multi_task.toml").read_text("utf-8")
PETS = (ROOT / "specs" / "pets_resnet34.toml").read_text("utf-8")
WRITTEN = (ROOT / "specs" / "written_body.toml").read_text("utf-8")
HEAD = (ROOT / "specs" / "head_written_out.toml").read_text("utf-8")


def test_a_key_has_its_type_default_and_sentence() -> None:
    assert page(PETS.replace("hidden =", "hid¦den =")) == (
        "**`hidden`** — list of integers ≥ 1 · default `[512]`\n\nWidths of the hidden linear layers."
    )


def test_the_key_that_tells_kinds_apart_says_so() -> None:
    assert page(PETS.replace('kind = "image_regex"', 'ki¦nd = "image_regex"')).startswith(
        "**`kind`** — which of 8 kinds of table this is"
    )


def test_a_layer_has_its_shape_parameters_and_multiply_adds() -> None:
    text = page(WRITTEN.replace('"conv2d", out_channels = 24', '"con¦v2d", out_channels = 24'))
    assert text.startswith("**`conv2d`** → `Nx24x48x64`")
    assert "reads: `Nx3x96x128`" in text
    assert "parameters: 648" in text  # 24 * 3 * 3 * 3
    assert "multiply-adds: 1.99 M" in text  # 648 * 48 * 64
    assert "`kernel_size`: integer ≥ 1 or list of 2 · required" in text


def test_layers_inside_layers_and_composites_count_all_that_they_stand_for() -> None:
    residual = page(WRITTEN.replace('"residual"', '"resi¦dual"'))
    assert residual.startswith("**`residual`** → `Nx48x24x32`")
    assert "layers: 8" in residual  # five written, a projection with a norm, the sum
    separable = page(WRITTEN.replace('"separable_conv2d"', '"separable¦_conv2d"'))
    assert "layers: 2" in separable


def test_a_header_of_a_layer_is_that_layer() -> None:
    last = HEAD.rindex("[[model.head.layers]]") + 15
    assert page(HEAD[:last] + "¦" + HEAD[last:]).splitlines()[-5:][0].startswith("**`linear`** → `Nx10`")


def test_a_body_has_its_stages_costs_and_weights() -> None:
    text = page(PETS.replace('"torchvision/resnet34"', '"torchvision/res¦net34"', 1))
    assert "**`torchvision/resnet34`**" in text
    assert "21,284,672 parameters" in text
    assert "| `layer3` | 256 | 1/16 |" in text
    assert "weights: `IMAGENET1K_V1`" in text
    assert "its parts: `conv1`, `bn1`" in text


@pytest.mark.parametrize("header", ["[model.b¦ody]", "[mo¦del]"])
def test_what_is_not_known_of_a_librarys_modules_is_said(header: str) -> None:
    text = PETS.replace("torchvision/resnet34", "torchvision/swin_t").replace('cut = "layer4"', "")
    whole = page(text.replace(header.replace("¦", ""), header))
    assert "an example beside those of a library's own modules" in whole


def test_a_list_of_tables_says_what_its_tables_are() -> None:
    assert page("archc = 1\n[[train.pha¦ses]]\n").endswith("what is trained and how fast.")


def test_a_cut_and_weights_say_what_they_are() -> None:
    assert page(PETS.replace('cut = "layer4"', 'cut = "lay¦er4"')) == "**`layer4`** → `Nx512x7x7`"
    assert "mean 0.485, 0.456, 0.406" in page(PETS.replace('"IMAGENET1K_V1"', '"IMAGE¦NET1K_V1"'))


def test_names_of_a_graph_have_their_shapes() -> None:
    assert (
        page(GRAPH.replace('"features.layer3"', '"features.la¦yer3"'))
        == "**`features.layer3`** → `Nx256x8x10`"
    )
    assert page(GRAPH.replace('mask = "segment"', 'mask = "seg¦ment"')) == "**`segment`** → `Nx3x128x160`"


def test_the_model_has_all_its_outputs_and_totals() -> None:
    text = page(GRAPH.replace("[model]", "[mo¦del]"))
    assert "`mask: Nx3x128x160, scene: Nx4`" in text
    assert "parameters: 32,826,055" in text


def test_a_text_that_does_not_compile_keeps_its_docs_but_has_no_shapes() -> None:
    broken = PETS.replace('cut = "layer4"', 'cut = "layer9"').replace('preset = "concat', 'pre¦set = "concat')
    assert page(broken).startswith("**`preset`**")
    assert "Nx" not in page(WRITTEN.replace('"conv2d", out', '"con¦v2d", out') + "\n[expect")


@pytest.mark.parametrize(
    "text", ["# comm¦ent", "¦", "archc ¦= 1", "x = ¦", "unkno¦wn = 1", 'name = "a¦"\nb =']
)
def test_where_there_is_nothing_to_say_nothing_is_said_of_shapes(text: str) -> None:
    assert "→" not in page(text)


def test_text_from_the_spec_cannot_break_out_of_its_code() -> None:
    odd = GRAPH.replace('name = "segment"', 'name = "a`b\\n"').replace('"segment"', '"a`b\\n"')
    assert page(odd.replace('mask = "a`b', 'mask = "a¦`b')) in ("", "**`a'b\\n`** → `Nx3x128x160`")
