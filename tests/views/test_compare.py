"""What changes between two specs."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest

from archc.plan.compile import compile_document
from archc.source.document.document import read, read_text
from archc.views.compare.compare import Comparison, compare
from archc.views.compare.layers import _merged
from archc.views.compare.tensors import Renaming, fates, prefixes, state_shapes

UNET = """\
archc = 1
name = "net"
[input]
size = [64, 64]
[model]
kind = "unet"
classes = 3
[model.body]
ref = "torchvision/resnet18"
cut = "layer4"
"""
DIGITS = """\
archc = 1
[input]
size = [32, 32]
channels = 1
[model]
kind = "classifier"
[model.body]
ref = "torchvision/resnet18"
cut = "layer3"
[model.head]
layers = [
    { op = "adaptive_avg_pool2d", output_size = [1, 1] },
    { op = "flatten" },
    { op = "linear", out_features = 64 },
    { op = "relu" },
    { op = "linear", out_features = 10 },
]
[data]
kind = "digits"
[train]
groups = "body_head"
phases = [{ epochs = 1, train = ["head"] }, { epochs = 2, lr = [1e-5, 1e-3] }]
"""


def diff(before: str, after: str, **options: bool) -> Comparison:
    compiled = [compile_document(read_text(text, name)) for text, name in ((before, "a"), (after, "b"))]
    return compare(compiled[0], compiled[1], **options)


def settings(found: Comparison) -> dict[str, tuple[object, object]]:
    return {each.path: (each.before, each.after) for each in found.settings}


def layers(found: Comparison) -> list[tuple[str, str]]:
    return [
        (row.path if row.path == row.last else f"{row.path}..{row.last}", row.change) for row in found.layers
    ]


def test_nothing_differs_in_how_a_spec_is_written() -> None:
    other = UNET.replace("[input]\n", "# a comment\n[input]\nchannels = 3\n") + 'weights = "none"\n[export]\n'
    found = diff(UNET, other)
    assert not found.differs
    assert found.settings == ()
    assert layers(found) == [("body..decoder", "same")]
    assert len(found.tensors.loads) == len(state_shapes(compile_document(read_text(UNET, "a")).plan))


def test_settings_are_paths_with_both_values() -> None:
    after = DIGITS.replace("epochs = 2, lr = [1e-5, 1e-3]", "epochs = 3, lr = 1e-3")
    found = diff(DIGITS, after.replace('kind = "digits"', 'kind = "digits"\naugment = { rotate = 10.0 }'))
    assert settings(found) == {
        "data.augment.rotate": (0.0, 10.0),
        "train.phases.1.epochs": (2, 3),
        "train.phases.1.lr": ([1e-5, 1e-3], 1e-3),
    }


def test_a_phase_put_before_others_leaves_those_alone() -> None:
    found = diff(DIGITS, DIGITS.replace("phases = [", "phases = [{ epochs = 7 }, "))
    assert settings(found) == {"train.phases.0": (None, {"epochs": 7})}
    found = diff(DIGITS.replace("phases = [", "phases = [{ epochs = 7 }, "), DIGITS)
    assert settings(found) == {"train.phases.0": ({"epochs": 7}, None)}


def test_another_kind_names_what_only_one_has() -> None:
    sgd = DIGITS.replace("[train]", '[train]\noptimizer = { kind = "sgd", nesterov = true }')
    assert settings(diff(DIGITS, sgd)) == {
        "train.optimizer.kind": ("adam", "sgd"),
        "train.optimizer.nesterov": (None, True),
    }


def test_a_layer_between_others_is_one_addition() -> None:
    found = diff(
        DIGITS, DIGITS.replace('{ op = "relu" },', '{ op = "relu" },\n{ op = "dropout", p = 0.25 },')
    )
    assert settings(found) == {"model.head.layers.4": (None, {"op": "dropout", "p": 0.25})}
    changes = {row.change for row in found.layers}
    assert "same" in changes
    assert [row.details for row in found.layers if row.change == "changed"] != []
    assert found.tensors.gone == ("head.4.weight", "head.4.bias")


def test_a_changed_layer_says_what_changed() -> None:
    found = diff(DIGITS, DIGITS.replace("out_features = 64", "out_features = 32"))
    changed = {row.path: row.details for row in found.layers if row.change == "changed"}
    assert changed == {"head.2": ("out_features 64 → 32",), "head.4": ("in_features 64 → 32",)}
    assert ("head.3", "resized") in layers(found)
    assert [(t.name, t.before, t.after) for t in found.tensors.reshaped] == [
        ("head.2.weight", (64, 256), (32, 256)),
        ("head.2.bias", (64,), (32,)),
        ("head.4.weight", (10, 64), (10, 32)),
    ]


def test_deeper_bodies_are_blocks_that_come_and_go() -> None:
    found = diff(UNET, UNET.replace("resnet18", "resnet34"))
    added = [each for each in layers(found) if each[1] != "same"]
    assert added == [
        ("body.layer1.2", "added"),
        ("body.layer2.2..body.layer2.3", "added"),
        ("body.layer3.2..body.layer3.5", "added"),
        ("body.layer4.2", "added"),
    ]
    assert not found.tensors.gone
    assert len(found.tensors.new) == 96


def test_another_size_of_the_input_resizes_whole_parts() -> None:
    found = diff(UNET, UNET.replace("[64, 64]", "[96, 64]"))
    assert layers(found) == [("body", "resized"), ("decoder", "resized")]
    assert [(each.before, each.after) for each in found.inputs] == [("Nx3x64x64", "Nx3x96x64")]
    assert [(each.before, each.after) for each in found.outputs] == [("Nx3x64x64", "Nx3x96x64")]
    assert not found.tensors.reshaped


def test_an_edge_that_moves_is_a_change_of_its_own() -> None:
    graph = """\
archc = 1
[input]
size = [8, 8]
[model]
kind = "graph"
nodes = [
    { name = "a", from = "image", layers = [{ op = "conv2d", out_channels = 3, kernel_size = 1 }] },
    { name = "b", from = "a", layers = [{ op = "conv2d", out_channels = 3, kernel_size = 1 }] },
    { name = "c", from = "b", layers = [{ op = "relu" }] },
]
outputs = { scores = "c", other = "b" }
"""
    found = diff(graph, graph.replace('"c", from = "b"', '"c", from = "a"'))
    assert [row.details for row in found.layers if row.change != "same"] == [("reads b.0 → a.0",)]


def test_full_names_each_layer_that_differs() -> None:
    folded = diff(UNET, UNET.replace("resnet18", "resnet34"))
    full = diff(UNET, UNET.replace("resnet18", "resnet34"), full=True)
    paths = [row.path for row in full.layers if row.change == "added"]
    assert "body.layer3.5.conv1" in paths
    assert len(full.layers) > len(folded.layers)


def test_sizes_are_those_of_the_table() -> None:
    found = diff(UNET, UNET.replace("resnet18", "resnet34"))
    sizes = {(each.of, each.part): (each.before, each.after) for each in found.sizes + found.parts}
    whole = sizes["parameters", ""]
    parts = [sizes["parameters", "body"], sizes["parameters", "decoder"]]
    assert whole == tuple(map(sum, zip(*parts, strict=True)))
    assert sizes["parameters", "body"] == (11_176_512, 21_284_672)


def test_groups_tell_rates_and_moves() -> None:
    found = diff(DIGITS, DIGITS.replace('"body_head"', '"per_stage"').replace("1e-5", "1e-4"))
    names = {group.name: (group.before, group.after) for group in found.groups}
    assert set(names) == {"body", "body.early", "body.late"}
    before = names["body"][0]
    assert before is not None
    assert before.rates == (None, 1e-5)
    assert sum(move.tensors for move in found.moves) == before.tensors


def test_a_checkpoint_of_its_own_counts_in_place_of_the_plan() -> None:
    compiled = compile_document(read_text(UNET, "a"))
    found = compare(compiled, compiled, checkpoint={"encoder.conv1.weight": (64, 3, 7, 7)})
    assert found.tensors.loads == ()
    assert found.tensors.gone == ("encoder.conv1.weight",)


def test_a_renamed_prefix_is_noticed() -> None:
    old = {f"encoder.layer{i}.conv.weight": (i, 3) for i in range(5)} | {"head.weight": (1,)}
    new = {f"model.body.layer{i}.conv.weight": (i, 3) for i in range(5)} | {"head.bias": (1,)}
    assert fates(old, new).renaming == Renaming("encoder", "model.body", 5)
    bare = {name.removeprefix("encoder."): shape for name, shape in old.items()}
    assert fates(bare, old).renaming == Renaming("", "encoder", 5)
    assert fates(old, {"body.layer0.conv.weight": (9, 9)}).renaming is None


@pytest.mark.parametrize(("most", "expected"), [(3, [("a.x", 3), ("b", 1)]), (1, [("a", 3), ("b", 1)])])
def test_names_are_folded_into_prefixes(most: int, expected: list[tuple[str, int]]) -> None:
    assert prefixes(["a.x.1", "a.x.2", "a.x.3", "b"], most) == expected


def test_what_loads_is_what_torch_would_load() -> None:
    build = pytest.importorskip("archc.modules.build").build
    pair = [
        compile_document(read_text(text, "x"))
        for text in (
            DIGITS,
            DIGITS.replace("out_features = 64", "out_features = 32").replace("layer3", "layer4"),
        )
    ]
    states = [
        {name: tuple(t.shape) for name, t in build(each.plan, initialize=False).state_dict().items()}
        for each in pair
    ]
    found = compare(*pair).tensors
    assert set(found.loads) == {n for n in states[0] if states[1].get(n) == states[0][n]}
    assert set(found.gone) == states[0].keys() - states[1].keys()
    assert set(found.new) == states[1].keys() - states[0].keys()


SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.toml"))


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(("before", "after"), list(pairwise([*SPECS, SPECS[0]])), ids=lambda path: path.stem)
def test_every_layer_and_tensor_is_told_once(before: Path, after: Path, full: bool) -> None:
    pair = compile_document(read(before)), compile_document(read(after))
    found = compare(*pair, full=full)
    for side, compiled in zip(("before", "after"), pair, strict=True):
        told = [getattr(row, side) for row in found.layers if getattr(row, side)]
        assert sum(each.layers for each in told) == len({n.name.split("@")[0] for n in compiled.plan.nodes})
        sums = {each.of: getattr(each, side) for each in found.sizes}
        assert sum(each.parameters for each in told) == sums["parameters"]
        assert sum(each.multiply_adds for each in told) == sums["multiply-adds"]
        parts = [getattr(each, side) for each in found.parts if each.of == "parameters"]
        assert sum(parts) == sums["parameters"]
    fate = found.tensors
    names = [*fate.loads, *(each.name for each in fate.reshaped), *fate.gone]
    assert sorted(names) == sorted(state_shapes(pair[0].plan))
    assert set(fate.new) == state_shapes(pair[1].plan).keys() - state_shapes(pair[0].plan).keys()


@pytest.mark.parametrize(("before", "after"), list(pairwise(SPECS)), ids=lambda path: path.stem)
def test_the_way_back_is_the_way_there_reversed(before: Path, after: Path) -> None:
    there, back = (
        compare(compile_document(read(a)), compile_document(read(b)))
        for a, b in ((before, after), (after, before))
    )
    other = {"added": "removed", "removed": "added"}
    assert {(s.path, s.change, repr(s.before), repr(s.after)) for s in there.settings} == {
        (s.path, other.get(s.change, s.change), repr(s.after), repr(s.before)) for s in back.settings
    }
    assert set(there.tensors.gone) == set(back.tensors.new)


def test_layers_that_others_run_between_are_told_by_their_extent() -> None:
    text = SPECS[0].with_name("change_detection.toml").read_text("utf-8")
    found = diff(text, text.replace('"abs_difference"', '"squared_difference"'))
    told = layers(found)
    assert told[:2] == [("body", "same"), ("merge.layer4.1.relu_1", "changed")]
    assert ("decoder.norm..decoder.middle", "same") in told
    assert ("decoder.blocks.0", "same") in told


def graph(order: range) -> str:
    """Many layers that read the image, in an order."""
    nodes = "".join(f'{{ name = "n{i}", from = "image", op = {{ op = "relu" }} }},\n' for i in order)
    outputs = ", ".join(f'o{i} = "n{i}"' for i in order)
    model = f'kind = "graph"\nnodes = [\n{nodes}]\noutputs = {{ {outputs} }}\n'
    return f"archc = 1\n[input]\nsize = [8, 8]\n[model]\n{model}"


def test_a_large_spec_turned_round_is_compared_at_once() -> None:
    started = time.process_time()
    found = diff(graph(range(60)), graph(range(59, -1, -1)))
    assert {row.change for row in found.layers} == {"same"}
    assert {each.path.split(".")[1] for each in found.settings} == {"nodes"}
    assert _merged([f"n{i}" for i in range(50_000)], [f"n{i}" for i in range(49_999, -1, -1)])[0] == "n49999"
    shapes = {f"a{i}.conv.weight": (3, 3) for i in range(5_000)}
    assert fates(shapes, {name.replace("a", "b", 1): (3, 3) for name in shapes}).renaming is None
    assert time.process_time() - started < 5


def test_what_is_gone_stands_where_it_was() -> None:
    assert _merged(["a", "b", "c", "d"], ["a", "x", "d", "y"]) == ["a", "b", "c", "x", "d", "y"]
    parts = _merged(["body.a", "head.a", "out"], ["body.b", "head.b", "out"])
    assert parts == ["body.a", "body.b", "head.a", "head.b", "out"]
    assert _merged(["a", "b"], []) == ["a", "b"]
    assert _merged([], ["a"]) == ["a"]
