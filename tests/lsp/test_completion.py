"""What is offered at a cursor, in text that is broken there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lsp.cursor import complete, written

ROOT = Path(__file__).parents[2]
TOP = 'archc = 1\n[input]\nsize = [120, 160]\n[model]\nkind = "unet"\nclasses = 3\n'
GRAPH = (ROOT / "specs" / "multi_task.toml").read_text("utf-8")
PETS = (ROOT / "specs" / "pets_resnet34.toml").read_text("utf-8")


def test_keys_of_the_table_at_the_cursor_but_for_those_it_has() -> None:
    assert list(complete(TOP + "¦")) == ["body", "decoder", "weights"]
    assert "model" not in complete("archc = 1\nna¦\n[model]\n")
    assert list(complete(TOP + "[model.body]\n¦\n[data]\n")) == ["ref", "stages", "init", "weights", "cut"]


def test_patterns_of_skipped_tensors_are_seen_from_inside_the_body() -> None:
    body = PETS.replace('weights = "IMAGENET1K_V1"', 'weights = { file = "a.pth", skip = ["l¦"] }')
    assert body != PETS
    assert {"conv1", "layer1", "layer4"} <= set(complete(body))
    whole = PETS.replace("[model.body]", '[model.weights]\nfile = "a.pth"\nskip = ["h¦"]\n[model.body]')
    assert list(complete(whole)) == ["body", "head"]
    keys = complete(TOP + "[model.weights]\n¦\n[data]\n")
    assert list(keys) == ["file", "entry", "prefix", "rename", "skip"]


def test_the_key_at_the_cursor_itself_is_offered() -> None:
    assert "classes" in complete(TOP.replace("classes = 3", "class¦es = 3"))
    assert written(TOP.replace("classes = 3", "class¦es = 3"), "body").endswith("\nbody = 3\n")


def test_a_key_comes_with_a_place_for_its_value_and_its_page() -> None:
    chosen = complete(TOP + "[model.decoder]\nno¦")["norm"]
    assert chosen.is_snippet
    assert chosen.text == 'norm = ${1|"none","batch"|}$0'
    assert "Norm after each convolution" in chosen.page
    assert complete(TOP + "[model.body]\n¦")["ref"].text == 'ref = "$1"$0'
    assert complete(TOP + "[[train.phases]]\n¦")["lr"].text == "lr = ${1:0.001}$0"
    assert complete("¦")["archc"].text == "archc = 1$0"
    assert complete("¦")["model"].text == "model = { $1 }$0"


def test_required_keys_go_first() -> None:
    found = complete(TOP + "[[train.phases]]\n¦")
    assert [key for key, each in found.items() if each.first] == ["epochs"]


def test_a_table_that_may_be_of_many_kinds_is_asked_which_first() -> None:
    assert list(complete(TOP + "[model.head]\nlayers = [\n  { ¦ \n]\n[data]\n")) == []  # a unet has no head
    layers = TOP.replace("unet", "classifier") + "[model.head]\nlayers = [\n  { ¦ \n]\n[data]\n"
    assert list(complete(layers)) == ["op"]
    assert list(complete(layers.replace("¦", 'op = "linear", ¦'))) == ["out_features", "bias", "in_features"]


def test_values_of_closed_sets_with_what_they_mean() -> None:
    found = complete(TOP + '[loss]\nkind = "¦"')
    assert {"cross_entropy", "mse", "triplet"} <= set(found)
    assert found["mse"].page.startswith("The mean squared difference")
    assert written(TOP + '[loss]\nkind = "¦"', "mse").endswith('kind = "mse"')
    assert written(TOP + "[loss]\nkind = ¦", "mse").endswith('kind = "mse"')
    assert list(complete(TOP + "[train]\noptimizer = { kind = ¦")) == ["adam", "sgd"]
    assert list(complete(TOP + '[[train.phases]]\nschedule = "¦"'))[:1] == ["one_cycle"]
    assert list(complete(TOP + "[model.decoder]\nblur = ¦")) == ["true", "false"]
    assert written(TOP + "[model.decoder]\nblur = tr¦", "true").endswith("blur = true")


def test_ops_of_a_layer_replace_what_is_typed_of_one() -> None:
    text = TOP + '[[model.decoder.stages]]\nlayers = [{ op = "con¦" }]'
    found = complete(text)
    assert found["conv2d"].typed == '"conv2d"'
    assert "2-d convolution" in found["conv2d"].page
    assert written(text, "conv2d").endswith('{ op = "conv2d" }]')


def test_what_stands_behind_an_open_quote_is_kept() -> None:
    text = TOP.replace("classes = 3", 'body = { ref = "torchvision/resnet1¦ }')
    assert written(text, "torchvision/resnet18").endswith('body = { ref = "torchvision/resnet18" }\n')
    assert written('{"archc": 1, "na¦}', "name", "a.arch.json") == '{"archc": 1, "name": "$1"$0}'


def test_bodies_and_what_belongs_to_the_chosen_one() -> None:
    assert "torchvision/resnet18" in complete(TOP + '[model.body]\nref = "¦"')
    body = TOP + '[model.body]\nref = "torchvision/resnet18"\n'
    weights = complete(body + 'weights = "¦"')
    assert list(weights) == ["none", "IMAGENET1K_V1"]
    assert "mean 0.485" in weights["IMAGENET1K_V1"].page
    cuts = complete(body + 'cut = "¦"')
    assert cuts["layer3"].detail == "Nx256x8x10"
    assert "parameters" in cuts["layer3"].page
    assert list(complete(body + 'cut = "layer4.¦"')) == ["layer4.0", "layer4.1"]
    assert written(body + 'cut = "layer4.¦"', "layer4.1").endswith('cut = "layer4.1"')


def test_skips_are_maps_of_the_encoder_of_a_written_one_its_stages() -> None:
    body = TOP + '[model.body]\nref = "torchvision/resnet18"\n'
    skips = complete(body + '[model.decoder]\nskips = ["layer3", "¦"]')
    assert list(skips)[:5] == [
        "layer4",
        "layer3",
        "layer2",
        "layer1",
        "relu",
    ]  # those of "auto" are among them
    assert complete(body + '[[model.decoder.stages]]\nskip = "¦"')["layer2"].detail == "Nx128x15x20"
    assert list(complete(body + '[model.decoder]\nskips = "¦"')) == ["auto"]
    stages = TOP + '[[model.body.stages]]\nname = "stem"\n[[model.body.stages]]\nname = "deep"\n'
    assert list(complete(stages + '[model.decoder]\nskips = ["¦"]')) == ["stem", "deep"]
    assert list(complete(stages + '[model.body]\ncut = "¦"')) == ["stem", "deep"]


def test_names_of_a_graph() -> None:
    nodes = {"features", "segment", "middle", "deep", "both"}
    assert set(complete(GRAPH.replace('from = "both"', 'from = "¦"'))) == {"image", *nodes}
    assert complete(GRAPH.replace('from = "both"', "from = ¦\nlayers_ = 1")).keys() >= nodes
    assert set(complete(GRAPH.replace('"middle", "deep"', '"middle", ¦'))) == {"image", "features"} | (
        nodes - {"both"} | {"classify"}
    )
    assert list(complete(GRAPH.replace('use = "encoder"', 'use = "¦"'))) == ["encoder"]
    assert set(complete(GRAPH.replace('mask = "segment"', 'mask = "¦"'))) == {*nodes, "classify"}
    inside = complete(GRAPH.replace('"features.layer3"', '"features.layer¦"'))
    assert inside["features.layer3"].detail == "Nx256x8x10"
    assert "features.layer4" in inside


def test_a_decoder_of_a_graph_finds_its_body() -> None:
    text = GRAPH.replace('upsample = "nearest", last_cross = false', 'skips = ["¦"]')
    assert {"layer3", "layer2"} <= set(complete(text))


def test_groups_and_parameters_of_the_plan() -> None:
    written_groups = PETS.replace('groups = "per_stage"', 'groups = [{ name = "early", match = ["body.¦"] }]')
    assert complete(written_groups)["body.layer1"].detail == "221,952 parameters"
    phases = 'groups = [{ name = "early", match = ["body"] }, { name = "late", match = ["head"] }]'
    text = PETS.replace('groups = "per_stage"', phases).replace('train = ["head"]', 'train = ["¦"]')
    assert list(complete(text)) == ["early", "late"]
    preset = complete(PETS.replace('train = ["head"]', 'train = ["h¦ead"]'))
    assert list(preset) == ["body", "head", "body.early", "body.late"]


def test_headers() -> None:
    assert {"model.body", "model.decoder", "data", "train"} <= set(complete(TOP + "[¦"))
    assert "input" not in complete(TOP + "[¦")
    tables = [name for name in complete(TOP + "[model.¦\n") if "weights" not in name]
    assert tables == ["body", "decoder"]
    assert {"train.phases", "model.decoder.stages"} <= set(complete(TOP + "[[¦"))
    assert list(complete(TOP + "[[train.¦")) == ["groups", "phases"]
    assert written(TOP + "[mod¦]", "model.body").endswith("[model.body]")
    assert list(complete(GRAPH.replace("[losses.mask]", "[losses.¦]"))) == ["mask"]


def test_json() -> None:
    name = "written.arch.json"
    assert complete('{"archc": 1, ¦}', name)["name"].text == '"name": "$1"$0'
    assert written('{"archc": 1, "mo¦": {}}', "model", name) == '{"archc": 1, "model": {}}'
    assert written('{"archc": 1, "model": {"kind": "¦"}}', "unet", name).endswith('{"kind": "unet"}}')
    assert list(complete('{"archc": 1, "model": {"kind": "unet", "decoder": {"norm": ¦', name)) == [
        "none",
        "batch",
    ]


@pytest.mark.parametrize("text", ["# ¦", "archc = 1 ¦", "[model] ¦", 'name = """\n¦\n"""', "x = 'a' # ¦"])
def test_nothing_where_nothing_fits(text: str) -> None:
    assert complete(text) == {}


def test_a_client_without_snippets_gets_plain_text() -> None:
    from archc.lsp.completion import completions
    from tests.lsp.cursor import read, split

    plain, offset = split("archc = 1\nna¦")
    found = {c.label: c for c in completions(*read(plain), offset, snippets=False)}
    assert (found["name"].text, found["name"].is_snippet) == ("name = ", False)


def test_what_is_known_of_names_is_of_keys_that_there_are() -> None:
    import archc.spec.document as document
    import archc.spec.model as model
    import archc.spec.train as train
    from archc.lsp.completion import BY_OUTPUT
    from archc.lsp.references import MEANINGS
    from archc.spec import keys as language

    for owner, key in MEANINGS:
        cls = next(getattr(m, owner) for m in (document, model, train) if hasattr(m, owner))
        assert key in [each.name for each in language.keys_of_class(cls)]
    for place in BY_OUTPUT:
        assert language.key_at(place, {"data": {"kind": "image_csv"}}), place
