"""The catalog of bodies: what is found, how a cut is meant, and that a stranger's record is checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archc.bodies import catalog as bodies
from archc.bodies.catalog import IMAGE, BodyRecord, UnknownBody, UnknownCut
from archc.bodies.reading import read_record
from archc.files.errors import WorldError
from archc.ops.facts import infer
from archc.ops.tensors import TensorType
from archc.record.text import text_of
from archc.spec import layers as ops

RESNET = "torchvision/resnet34"
WINDOWED = ("maxvit_t", *(f"swin_{size}" for size in "tsb"), *(f"swin_v2_{size}" for size in "tsb"))
"""Bodies whose attention is the library's own module; the rest of them is linked."""


def shipped(ref: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((bodies.SHIPPED / f"{ref}.json").read_text())
    return loaded


def types_of(body: BodyRecord, height: int, width: int) -> list[TensorType]:
    image, types = TensorType((1, 3, height, width)), list[TensorType]()
    for node in body.nodes:
        types.append(infer(node.op, tuple(types[i] if i != IMAGE else image for i in node.inputs))[1])
    return types


def test_every_classifier_of_torchvision_is_there() -> None:
    found = bodies.names()
    assert len(found) == 80
    in_parts = {ref for ref in found if bodies.find(ref).parts}
    assert in_parts == {f"torchvision/{n}" for n in WINDOWED}
    assert not any(bodies.find(ref).in_one_piece for ref in found)
    assert bodies.find(RESNET) is bodies.find(RESNET)


def test_shipped_files_are_small() -> None:
    sizes = [path.stat().st_size for path in bodies.SHIPPED.glob("*/*.json")]
    assert max(sizes) < 300_000
    assert sum(sizes) < 3_000_000


def test_resnet34_is_what_everyone_knows() -> None:
    body = bodies.find(RESNET)
    assert body.children == (
        *("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "fc"),
    )
    assert (body.cut, body.size, body.fixed_size, body.min_size) == ("layer4", (224, 224), False, 1)
    assert [(s.name, s.channels, s.reduction) for s in body.stages] == [
        ("conv1", 64, 2),
        ("bn1", 64, 2),
        ("relu", 64, 2),
        ("maxpool", 64, 4),
        ("layer1", 64, 4),
        ("layer2", 128, 8),
        ("layer3", 256, 16),
        ("layer4", 512, 32),
    ]
    assert body.weights["IMAGENET1K_V1"].url.endswith("/resnet34-b627a593.pth")
    assert body.weights["IMAGENET1K_V1"].mean == (0.485, 0.456, 0.406)
    assert body.default_weights == "IMAGENET1K_V1"
    assert body.nodes[0].op == ops.Conv2d(out_channels=64, kernel_size=7, stride=2, padding=3, bias=False)


@pytest.mark.parametrize("ref", bodies.names())
def test_default_cuts_and_stages_are_maps_of_the_size_they_say(ref: str) -> None:
    body = bodies.find(ref)
    side = body.size[0] if body.fixed_size else 1024
    types = types_of(body, side, side)
    end = body.exit_of(body.cut)
    for stage in body.stages:
        _, channels, height, width = types[stage.node].shape
        assert isinstance(height, int)
        assert (channels, width) == (stage.channels, height)
        assert round(side / height) == pytest.approx(stage.reduction, rel=0.1)
        assert body.computed_at(stage.node) in body.ancestors(end)
        assert body.exits[stage.name] == stage.node
    computed = [body.computed_at(stage.node) for stage in body.stages]
    assert computed == sorted({*computed})
    assert [s.reduction for s in body.stages] == sorted(s.reduction for s in body.stages)
    if ref.startswith("torchvision/vit_"):
        assert types[end].shape == (1, types[end].shape[1]), "a token, not a map"
    else:
        assert body.stages[-1].node == end
        assert len({s.reduction for s in body.stages}) >= 4, "enough resolutions for a U-Net"


@pytest.mark.parametrize(
    ("ref", "cut"),
    [
        ("resnet34", "layer4"),
        ("densenet121", "features"),
        ("vgg16_bn", "features"),
        ("alexnet", "features"),
        ("squeezenet1_0", "features"),
        ("googlenet", "inception5b"),
        ("inception_v3", "Mixed_7c"),
        ("mobilenet_v2", "features"),
        ("mobilenet_v3_small", "features"),
        ("mnasnet1_0", "layers"),
        ("shufflenet_v2_x1_0", "conv5"),
        ("efficientnet_v2_s", "features"),
        ("regnet_y_400mf", "trunk_output"),
        ("convnext_tiny", "features"),
        ("vit_b_16", "select"),
        ("swin_t", "permute"),
        ("maxvit_t", "blocks.3"),
    ],
)
def test_default_cuts(ref: str, cut: str) -> None:
    assert bodies.find(f"torchvision/{ref}").cut == cut


def test_a_cut_is_a_child_a_module_a_node_or_a_slice_of_the_children() -> None:
    body = bodies.find(RESNET)
    assert body.exit_of(-2) == body.exit_of(8) == body.exit_of("layer4") == body.stages[-1].node
    assert body.exit_of("layer3.0") < body.exit_of("layer3") == body.exit_of(7)
    assert body.nodes[body.exit_of("layer3.0.relu_1")].module == "layer3.0.relu"
    assert body.exit_of("layer3.0.relu_1") == body.exit_of("layer3.0")
    dense = bodies.find("torchvision/densenet121")
    assert dense.nodes[dense.exit_of(-1)].name == "features.norm5"
    assert dense.nodes[dense.exit_of("relu")].inputs == (dense.exit_of("features"),)


@pytest.mark.parametrize("cut", ["layer5", 0, -10, -99, 11, "conv", "", "layer1.weight"])
def test_a_cut_that_does_not_exist_lists_what_does(cut: str | int) -> None:
    with pytest.raises(UnknownCut) as caught:
        bodies.find(RESNET).exit_of(cut)
    assert caught.value.existing == bodies.find(RESNET).children
    assert "`layer4`" in caught.value.help
    assert ("did you mean" in caught.value.help) == (cut in ("layer5", "conv", "layer1.weight"))


def test_maps_with_their_channels_last_are_cut_and_tapped_channels_first() -> None:
    swin = bodies.find("torchvision/swin_t")
    third = swin.exit_of("features.3")
    assert types_of(swin, 224, 160)[third].shape == (1, 192, 28, 20)
    assert types_of(swin, 224, 160)[swin.computed_at(third)].shape == (1, 28, 20, 192)
    assert third in swin.within(swin.exit_of("permute"))
    assert third not in swin.within(swin.exit_of("features.2"))
    assert swin.exit_of(-3) == swin.exit_of("permute")
    with pytest.raises(UnknownCut, match=r"features\.30"):
        swin.exit_of("features.30")


@pytest.mark.parametrize("name", WINDOWED)
def test_windows_and_merged_patches_keep_odd_sizes(name: str) -> None:
    """A Swin pads what it merges: 161 pixels are 40 patches, then 20, 10 and 5; 203 are 50, 25, 13 and 7."""
    body = bodies.find(f"torchvision/{name}")
    if body.fixed_size:
        return
    types = types_of(body, 161, 203)
    shapes = [types[body.exit_of(f"features.{stage}")].shape[2:] for stage in (1, 3, 5, 7)]
    assert shapes == [(40, 50), (20, 25), (10, 13), (5, 7)]


def test_ancestors_leave_out_what_a_cut_does_not_need() -> None:
    body = bodies.find("torchvision/googlenet")
    cut = body.exit_of("inception3a.branch2")
    kept = body.ancestors(cut)
    assert kept[-1] == cut
    assert not any(body.nodes[i].name.startswith("inception3a.branch1") for i in kept)
    assert all(set(body.nodes[i].inputs) <= {IMAGE, *kept} for i in kept)


def test_nodes_come_after_their_inputs_and_share_ops() -> None:
    body = bodies.find("torchvision/vit_b_32")
    assert all(i < index for index, node in enumerate(body.nodes) for i in node.inputs)
    assert len({id(node.op) for node in body.nodes}) == len({node.op for node in body.nodes})
    assert len({node.name for node in body.nodes}) == len(body.nodes)


@pytest.mark.parametrize(
    ("ref", "near"),
    [
        ("torchvision/resnet35", "torchvision/resnet34"),
        ("resnet18", "torchvision/resnet18"),
        ("torchvison/ResNet-50", "torchvision/resnet50"),
        ("timm/convnext_tiny", "torchvision/convnext_tiny"),
        ("zzz/qqqqqqqq", None),
        ("../secrets", None),
        ("torchvision/../../x", None),
        ("", None),
    ],
)
def test_unknown_bodies(ref: str, near: str | None) -> None:
    with pytest.raises(UnknownBody) as caught:
        bodies.find(ref)
    if near is None or near.endswith("resnet34"):
        assert caught.value.near in (near, "torchvision/resnet34", "torchvision/resnet35")
    else:
        assert caught.value.near == near


def test_only_fitting_weights_are_a_default() -> None:
    for ref in bodies.names():
        body = bodies.find(ref)
        assert body.default_weights in body.fitting_weights()
    assert bodies.find("torchvision/vit_b_16").fitting_weights() == (
        "IMAGENET1K_V1",
        "IMAGENET1K_SWAG_LINEAR_V1",
    )


@pytest.mark.parametrize("ref", bodies.names())
def test_checking_a_record_does_not_change_it(ref: str) -> None:
    text = (bodies.SHIPPED / f"{ref}.json").read_text()
    checked, taken = read_record(text, ref, trusted=False), read_record(text, ref, trusted=True)
    assert all(getattr(checked, name) == getattr(taken, name) for name in BodyRecord.__dataclass_fields__)


def test_a_projects_record_is_found_but_never_instead_of_a_shipped_one(tmp_path: Path) -> None:
    own = shipped("torchvision/alexnet") | {"ref": "mine/net"}
    for ref, record in (("mine/net", own), (RESNET, own), ("mine/other", own)):
        path = tmp_path / f"{ref}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text_of(record))
    assert bodies.find("mine/net", (tmp_path,)).cut == "features"
    assert bodies.names((tmp_path,))[-2:] == ("mine/net", "mine/other")
    assert bodies.find(RESNET, (tmp_path,)).cut == "layer4"
    with pytest.raises(WorldError, match="is the record of `mine/net`, not of `mine/other`"):
        bodies.find("mine/other", (tmp_path,))
    with pytest.raises(UnknownBody) as caught:
        bodies.find("mine/nett", (tmp_path,))
    assert caught.value.near == "mine/net"


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "mine" / "net.json"
    path.parent.mkdir()
    record = shipped("torchvision/alexnet") | {"ref": "mine/net"}
    path.write_text(text_of(record))
    assert bodies.find("mine/net", (tmp_path,)).min_size == 63
    path.write_text(text_of(record | {"min_size": 1000}))
    assert bodies.find("mine/net", (tmp_path,)).min_size == 1000


def setting(*path: Any) -> Callable[[dict[str, Any]], None]:
    """Put the last of `path` at the place that the others name."""
    *way, last, value = path

    def put(record: dict[str, Any]) -> None:
        place: Any = record
        for step in way:
            place = place[step]
        place[last] = value

    return put


BROKEN = {
    "format": setting("format", 2),
    "ref": setting("ref", "../net"),
    "size": setting("size", [224]),
    "size bool": setting("size", [True, 224]),
    "min_size": setting("min_size", -1),
    "children": setting("children", ["a b"]),
    "cut": setting("cut", "nothing"),
    "cut list": setting("cut", []),
    "flag": setting("fixed_size", "no"),
    "no op": setting("ops", 0, {"op": "exec"}),
    "op list": setting("ops", 0, {"op": []}),
    "internal op": setting("ops", 1, {"op": "argmax"}),
    "unknown field": setting("ops", 0, "shell", "x"),
    "field type": setting("ops", 0, "out_channels", "64"),
    "field bool": setting("ops", 0, "out_channels", True),
    "field range": setting("ops", 0, "out_channels", 0),
    "field huge": setting("ops", 0, "out_channels", 10**30),
    "field float": setting("ops", 0, "out_channels", 64.0),
    "pair": setting("ops", 0, "kernel_size", [3, 3, 3]),
    "init kind": setting("inits", [{"kind": "import"}]),
    "init field": setting("inits", [{"kind": "normal", "std": "1"}]),
    "node row": setting("nodes", 0, ["a", "a", 0]),
    "node name": setting("nodes", 0, 0, "a\x1b[31m"),
    "node twice": setting("nodes", 1, 0, "features.0"),
    "op index": setting("nodes", 0, 2, 99),
    "op index negative": setting("nodes", 0, 2, -1),
    "later input": setting("nodes", 0, 3, [5]),
    "input below image": setting("nodes", 0, 3, [-2]),
    "arity": setting("nodes", 1, 3, [0, 0]),
    "no input": setting("nodes", 1, 3, []),
    "init index": setting("nodes", 0, 4, {"weight": 7}),
    "exit": setting("exits", "features", 99),
    "stage": setting("stages", 0, 3, 99),
    "stage channels": setting("stages", 0, 1, 0),
    "url": setting("weights", "IMAGENET1K_V1", "url", "file:///etc/passwd"),
    "std": setting("weights", "IMAGENET1K_V1", "std", [0, 1, 1]),
    "default": setting("default_weights", "OTHER"),
    "nodes": setting("nodes", []),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_strangers_record_that_is_not_valid_is_one_clear_line(name: str) -> None:
    record = shipped("torchvision/alexnet")
    BROKEN[name](record)
    with pytest.raises(WorldError) as caught:
        read_record(json.dumps(record), "mine/net.json", trusted=False)
    said = str(caught.value)
    assert said.startswith("`mine/net.json` is not a valid record of a body: ")
    assert said.isprintable()
    assert len(said) < 400


@pytest.mark.parametrize("key", ["ref", "ops", "nodes", "weights", "exits", "stages", "children"])
def test_a_missing_part_is_named(key: str) -> None:
    record = shipped("torchvision/alexnet")
    del record[key]
    with pytest.raises(WorldError, match=key):
        read_record(json.dumps(record), "mine/net.json", trusted=False)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"format": NaN}', "[" * 100_000, "1" * 5000])
def test_what_is_no_record_at_all(text: str) -> None:
    with pytest.raises(WorldError, match="not a valid record"):
        read_record(text, "mine/net.json", trusted=False)


def test_files_too_large_or_not_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "large.json").write_bytes(b" " * (5 << 20))
    (tmp_path / "mine" / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WorldError, match="bytes"):
        bodies.find("mine/large", (tmp_path,))
    with pytest.raises(WorldError, match="UTF-8"):
        bodies.find("mine/binary", (tmp_path,))
