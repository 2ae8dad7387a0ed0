"""Whole models from a spec's text to a proven file, and from the file to an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image
from torch import nn

from archc.export.onnx.write import export_onnx
from archc.plan.lower.model import lower
from archc.plan.plan import Plan
from archc.runtime.outputs import Classes, ClassMap
from archc.runtime.predict import predict
from archc.runtime.session import open_model
from archc.source.document.document import read_text
from archc.source.document.load import load
from archc.spec.document import Export

Started = Callable[[Plan], nn.Module]


def planned(kind: str, ref: str, size: tuple[int, int], more: str = "") -> Plan:
    text = f"""
archc = 1
[input]
size = [{size[0]}, {size[1]}]
[model]
kind = "{kind}"
classes = 5
[model.body]
ref = "torchvision/{ref}"
weights = "none"
{more}
"""
    return lower(load(read_text(text, "test.toml")))


def counted(path: Path) -> Counter[str]:
    return Counter(n.op_type for n in onnx.load(path).graph.node)


def test_a_resnet_classifier_has_the_nodes_a_hand_would_write(started: Started, target: Path) -> None:
    plan = planned("classifier", "resnet34", (64, 64))
    report = export_onnx(plan, started(plan), target)
    assert report.worst < 1e-5
    assert report.nodes == 93
    assert counted(target) == {
        "Conv": 36, "Relu": 34, "Add": 16, "MaxPool": 1, "GlobalMaxPool": 1, "GlobalAveragePool": 1,
        "Concat": 1, "Flatten": 1, "Gemm": 2,
    }  # fmt: skip
    held = {w.name for w in onnx.load(target).graph.initializer}
    assert {"body.conv1.weight", "body.conv1.bias", "body.layer4.2.conv2.weight"} <= held
    assert not any("running" in name or ".bn" in name for name in held)


def test_a_unet_has_the_nodes_a_hand_would_write(started: Started, target: Path) -> None:
    plan = planned("unet", "resnet18", (64, 96))
    report = export_onnx(plan, started(plan), target)
    assert report.worst < 1e-5
    nodes = counted(target)
    norms = 5  # four skips and the body's end: nothing in front of them could take them in
    assert nodes["Mul"] == norms
    assert nodes["Add"] == 8 + 1 + norms  # residuals of the body and of the last block
    assert nodes["Conv"] == sum(n.op.op == "conv2d" for n in plan.nodes)
    assert (nodes["DepthToSpace"], nodes["Resize"]) == (5, 5)
    assert (nodes["Concat"], nodes["Shape"]) == (
        5 + 5,
        1 + 5,
    )  # the batch, and each resize's height and width
    assert not nodes.keys() - {
        "Conv",
        "Relu",
        "Add",
        "Mul",
        "MaxPool",
        "DepthToSpace",
        "Concat",
        "Resize",
        "Shape",
    }


@pytest.mark.parametrize("upsample", ["nearest", "bilinear", "transposed"])
def test_every_way_up_is_exact(upsample: str, started: Started, target: Path) -> None:
    more = f'[model.decoder]\nupsample = "{upsample}"\nblur = true\nself_attention = true'
    plan = planned("unet", "resnet18", (45, 66), more)
    assert export_onnx(plan, started(plan), target).worst < 1e-5


def test_twins_have_one_set_of_weights(started: Started, target: Path) -> None:
    plan = planned("siamese", "resnet18", (48, 48))
    module = started(plan)
    assert export_onnx(plan, module, target).worst < 1e-5
    assert counted(target)["Conv"] == 40
    assert not counted(target).keys() & {"Identity", "BatchNormalization", "Mul"}
    assert target.stat().st_size < 1.02 * sum(p.numel() * 4 for p in module.parameters())


@pytest.mark.parametrize(
    "ref", ["mobilenet_v3_small", "shufflenet_v2_x0_5", "squeezenet1_1", "mnasnet0_5", "regnet_y_400mf"]
)
def test_other_families_are_exact(ref: str, started: Started, target: Path) -> None:
    plan = planned("classifier", ref, (65, 97))
    assert export_onnx(plan, started(plan), target).worst < 1e-5
    assert not counted(target).keys() & {"Identity", "BatchNormalization", "Dropout"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "ref",
    [
        "alexnet",
        "vgg11_bn",
        "densenet121",
        "googlenet",
        "inception_v3",
        "efficientnet_b0",
        "convnext_tiny",
        "resnext50_32x4d",
    ],
)
@pytest.mark.parametrize("kind", ["classifier", "unet"])
def test_all_families_are_exact(kind: str, ref: str, started: Started, target: Path) -> None:
    if (kind, ref) == ("unet", "inception_v3"):
        pytest.skip("its decoder is larger than one file")
    plan = planned(kind, ref, (97, 131))
    assert export_onnx(plan, started(plan), target).worst < 1e-5


def test_a_class_map_comes_out_at_the_end(started: Started, target: Path, tmp_path: Path) -> None:
    plan = planned("unet", "resnet18", (64, 96))
    options = Export(preprocess=True, postprocess="argmax")
    export_onnx(plan, started(plan), target, options=options)
    pixels = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    model = open_model(target, device="cpu")
    for size in ("model", "keep"):
        (predicted,) = predict(model, [tmp_path / "a.png"], size=size)  # type: ignore[arg-type]
        found = predicted.first
        assert isinstance(found, ClassMap)
        assert found.classes.shape == (50, 70)
        assert found.classes.max() < 5


@pytest.mark.parametrize("preprocess", [True, False])
def test_classes_come_out_at_the_end(
    preprocess: bool, started: Started, target: Path, tmp_path: Path
) -> None:
    plan = planned("classifier", "resnet18", (64, 64))
    plan = plan.changed(outputs=(plan.outputs[0].changed(classes=tuple("abcde")),))
    export_onnx(plan, started(plan), target, options=Export(preprocess=preprocess))
    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(tmp_path / "a.png")
    (predicted,) = predict(open_model(target, device="cpu"), [tmp_path / "a.png"])
    found = predicted.first
    assert isinstance(found, Classes)
    assert sum(r.score for r in found.best) == pytest.approx(1)
    assert {r.name for r in found.best} == set("abcde")


def test_twins_are_asked_about_pairs(started: Started, target: Path, tmp_path: Path) -> None:
    plan = planned("siamese", "resnet18", (48, 48))
    export_onnx(plan, started(plan), target)
    paths = []
    for i in range(4):
        Image.fromarray(np.full((48, 48, 3), 40 * i, np.uint8)).save(tmp_path / f"{i}.png")
        paths.append(tmp_path / f"{i}.png")
    model = open_model(target, device="cpu")
    assert [len(p.paths) for p in predict(model, paths)] == [2, 2]
    with pytest.raises(Exception, match="2 images at a time; 3 were given"):
        list(predict(model, paths[:3]))


@pytest.mark.slow
def test_a_vision_transformer_works_at_its_size(started: Started, target: Path) -> None:
    more = '[[model.head.layers]]\nop = "linear"\nout_features = 5'
    plan = planned("classifier", "vit_b_32", (224, 224), more)
    assert export_onnx(plan, started(plan), target).worst < 1e-5  # only the batch is open
