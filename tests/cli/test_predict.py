"""Every kind of model, from a spec and a run to `archc predict` and `archc evaluate --onnx`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from archc.cli import main

BODY = """
[[model.body.stages]]
name = "stem"
layers = [{ op = "conv2d", out_channels = 8, kernel_size = 3, stride = 2 }, { op = "relu" }]
[[model.body.stages]]
name = "deep"
layers = [{ op = "conv2d", out_channels = 8, kernel_size = 3, stride = 2 }, { op = "relu" }]
"""
TRAIN = """
[train]
batch_size = 4
workers = 0
phases = [{ epochs = 1, lr = 1e-3 }]
"""
ONE = "archc = 1\n[input]\nsize = [16, 24]\n"
TWO = "archc = 1\n[inputs.left]\nsize = [16, 24]\n[inputs.right]\nsize = [16, 24]\n"
HEAD = """[model.head]
layers = [{ op = "global_avg_pool2d" }, { op = "flatten" }, { op = "linear", out_features = %d }]
"""
CSV = '[data]\nkind = "image_csv"\nroot = "data"\ntable = "table.csv"\n'
FOLDER = '[data]\nkind = "%s"\n[data.of]\nkind = "image_folder"\nroot = "data/classes"\n'
GRAPH = """
[model]
kind = "graph"
outputs = { mask = "segment", scene = "classify", tags = "tag", size = "measure" }
[model.modules.encoder.body]
stages = [{ name = "stem", layers = [{ op = "conv2d", out_channels = 8, kernel_size = 3, stride = 2 }] }]
[[model.nodes]]
name = "features"
use = "encoder"
from = "image"
[[model.nodes]]
name = "segment"
from = "features"
decoder = { upsample = "nearest", last_cross = false }
classes = 2
[[model.nodes]]
name = "pooled"
from = "features"
layers = [{ op = "global_avg_pool2d" }, { op = "flatten" }]
[[model.nodes]]
name = "classify"
from = "pooled"
layers = [{ op = "linear", out_features = 2 }]
[[model.nodes]]
name = "tag"
from = "pooled"
layers = [{ op = "linear", out_features = 3 }]
[[model.nodes]]
name = "measure"
from = "pooled"
layers = [{ op = "linear", out_features = 2 }]
[data.targets]
mask = { kind = "mask", column = "mask", classes = ["ground", "thing"] }
scene = { kind = "label", column = "label" }
tags = { kind = "tags", column = "tags" }
size = { kind = "values", columns = ["width", "weight"] }
[losses.mask]
kind = "cross_entropy"
[losses.scene]
kind = "cross_entropy"
[losses.tags]
kind = "binary_cross_entropy"
[losses.size]
kind = "l1"
"""
SPECS = {
    "classifier": ONE
    + '[model]\nkind = "classifier"\nclasses = 2\n'
    + BODY
    + HEAD % 2
    + CSV
    + 'target = { kind = "label" }\n',
    "multi_label": ONE
    + '[model]\nkind = "classifier"\nclasses = 3\n'
    + BODY
    + HEAD % 3
    + CSV
    + 'target = { kind = "tags", column = "tags" }\n',
    "regression": ONE
    + '[model]\nkind = "classifier"\noutputs = 2\n'
    + BODY
    + HEAD % 2
    + CSV
    + 'target = { kind = "values", columns = ["width", "weight"] }\n',
    "pairs": TWO + '[model]\nkind = "siamese"\n' + BODY + HEAD % 2 + FOLDER % "pairs",
    "contrastive": TWO
    + '[model]\nkind = "siamese"\nembedding = 5\n'
    + BODY
    + HEAD % 5
    + FOLDER % "pairs"
    + '[loss]\nkind = "contrastive"\nmargin = 3.0\n',
    "triplet": TWO
    + "[inputs.far]\nsize = [16, 24]\n"
    + '[model]\nkind = "siamese"\nembedding = 5\n'
    + BODY
    + HEAD % 5
    + FOLDER % "triplets"
    + '[loss]\nkind = "triplet"\nnormalise = true\n',
    "changes": TWO
    + '[model]\nkind = "siamese"\nmerge = "abs_difference"\n'
    + BODY
    + '[model.decoder]\nupsample = "nearest"\n[data]\nkind = "segmentation"\nroot = "data"\n'
    'train = { images = "images/*.png", others = ["others/{stem}.png"], masks = "masks/{stem}.png" }\n'
    'valid = { images = "images/1*.png", others = ["others/{stem}.png"], masks = "masks/{stem}.png" }\n'
    'classes = ["same", "changed"]\n',
    "several": ONE + CSV + GRAPH,
}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sixteen small images, light ones and dark ones, with whatever can be known of them."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "data"
    random = np.random.default_rng(0)
    lines = ["image,label,tags,width,weight,mask"]
    for folder in ("images", "others", "masks", "classes/dark", "classes/light"):
        (root / folder).mkdir(parents=True)
    for i in range(16):
        light = i % 2
        pixels = (random.integers(0, 100, (20, 30, 3)) + 150 * light).astype(np.uint8)
        for folder in ("images", "others", "classes/light" if light else "classes/dark"):
            Image.fromarray(pixels).save(root / folder / f"{i:02}.png")
        Image.fromarray((random.random((20, 30)) > 0.5).astype(np.uint8)).save(root / "masks" / f"{i:02}.png")
        tags = ["", "red", "red green", "blue"][i % 4]
        lines.append(f"images/{i:02}.png,{'light' if light else 'dark'},{tags},{i},{i / 2},masks/{i:02}.png")
    (root / "table.csv").write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture
def model(data: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Path]:
    """A function that trains and exports a spec of `SPECS`, measures it both ways, and returns the file."""

    def make(name: str, export: str = "") -> Path:
        spec = data.parent / f"{name}.toml"
        spec.write_text(SPECS[name] + TRAIN + export)
        assert main(["train", str(spec), "--run", "run", "--quiet", "--device", "cpu"]) == 0, (
            capsys.readouterr().err
        )
        assert main(["export", "run", "--onnx", "model.onnx", "--quiet"]) == 0, capsys.readouterr().err
        capsys.readouterr()
        assert measured(capsys, "--onnx", "model.onnx") == pytest.approx(measured(capsys), abs=1e-4)
        return data.parent / "model.onnx"

    return make


def measured(capsys: pytest.CaptureFixture[str], *flags: str) -> dict[str, float]:
    """The metrics of the run by torch, or by onnxruntime."""
    assert main(["evaluate", "run", "--json", "--device", "cpu", *flags]) == 0, capsys.readouterr().err
    metrics: dict[str, float] = json.loads(capsys.readouterr().out)["metrics"]
    assert metrics
    return metrics


def predicted(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> list[Any]:
    assert main(["predict", "--json", "--device", "cpu", *map(str, arguments)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> list[str]:
    assert main(["predict", "--device", "cpu", *map(str, arguments)]) == 0
    return capsys.readouterr().out.splitlines()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main(["predict", "--device", "cpu", *map(str, arguments)]) == 2
    err = capsys.readouterr().err
    assert "Traceback" not in err
    return err


A, B, C = "data/images/00.png", "data/images/01.png", "data/images/02.png"
Make = Callable[..., Path]


def test_a_classifier(model: Make, capsys: pytest.CaptureFixture[str]) -> None:
    onnx = model("classifier")
    (record,) = predicted(capsys, onnx, A)
    assert record["image"] == A
    assert {entry["class"] for entry in record["classes"]} == {"dark", "light"}
    assert sum(entry["score"] for entry in record["classes"]) == pytest.approx(1)
    (line,) = said(capsys, onnx, A, "--top", "1")
    best = record["classes"][0]
    assert line == f"{A}: {best['class']} {best['score']:.3f}"


@pytest.mark.parametrize("export", ["", '[export]\npostprocess = "sigmoid"\ndynamic = []\n'])
def test_several_labels(export: str, model: Make, capsys: pytest.CaptureFixture[str]) -> None:
    onnx = model("multi_label", export)
    (record,) = predicted(capsys, onnx, A, "--threshold", "0")
    scores = {entry["class"]: entry["score"] for entry in record["labels"]}
    assert scores.keys() == {"red", "green", "blue"}
    assert all(0 < score < 1 for score in scores.values())
    (line,) = said(capsys, onnx, A, "--threshold", "1")
    assert line.startswith(f"{A}: none reaches 1; the surest is {record['surest']['class']} 0.")


def test_numbers(model: Make, capsys: pytest.CaptureFixture[str]) -> None:
    onnx = model("regression")
    (record,) = predicted(capsys, onnx, A)
    assert list(record["values"]) == ["width", "weight"]
    (line,) = said(capsys, onnx, A)
    assert line == f"{A}: " + "  ".join(f"{name} {value:.6g}" for name, value in record["values"].items())


@pytest.mark.parametrize("export", ["", '[export]\npreprocess = true\npostprocess = "softmax"\n'])
def test_pairs(export: str, model: Make, capsys: pytest.CaptureFixture[str]) -> None:
    onnx = model("pairs", export)
    (record,) = predicted(capsys, onnx, A, B)
    assert record["images"] == [A, B]
    assert {entry["class"] for entry in record["classes"]} == {"same", "different"}
    assert len(predicted(capsys, onnx, A, B, B, C)) == 2
    assert len(predicted(capsys, onnx, "data/images", "data/others")) == 16
    assert "the model takes 2 images at a time; 1 was given" in refused(capsys, onnx, A)
    assert "in this order: `left`, `right`" in refused(capsys, onnx, A, B, C)
    assert "name 2 images, or 2 folders" in refused(capsys, onnx, "data/images")
    Path("data/others/15.png").unlink()
    assert "`15` is not in `data/others`" in refused(capsys, onnx, "data/images", "data/others")


def test_embeddings_of_pairs(model: Make, capsys: pytest.CaptureFixture[str]) -> None:
    onnx = model("contrastive")
    (record,) = predicted(capsys, onnx, A, B)
    assert record["same"] is (record["distances"][0] < 1.5)
    (line,) = said(capsys, onnx, A, A)
    assert line == f"{A} {A}: same, distance 0"
    assert said(capsys, onnx, A, B, "--out", "e.npz") == ["e.npz: embedding_left 1x5, embedding_right 1x5"]
    with np.load("e.npz") as arrays:
        apart = np.linalg.norm(arrays["embedding_left"] - arrays["embedding_right"])
    assert apart == pytest.approx(record["distances"][0], rel=1e-5)
    assert "--out FILE.npz" in refused(capsys, onnx, A, B, "--out", "e.npy")


def test_triplets(model: Make, capsys: pytest.CaptureFixture[str]) -> None:
    onnx = model("triplet")
    (record,) = predicted(capsys, onnx, A, B, A)
    assert record["nearest"] == 2
    assert record["distances"][1] == pytest.approx(0, abs=1e-6)
    assert f"nearest is {A} (distances: {B} " in said(capsys, onnx, A, B, A)[0]


def test_class_maps_of_two_images(model: Make, capsys: pytest.CaptureFixture[str]) -> None:
    onnx = model("changes", '[export]\npostprocess = "argmax"\n')
    assert "--out DIR" in refused(capsys, onnx, A, B)
    (record,) = predicted(capsys, onnx, A, "data/others/00.png", "--out", "seen")
    assert np.asarray(Image.open(record["class_map"])).shape == (20, 30)
    assert set(record["classes"]) <= {"same", "changed"}
    assert "would have one name" in refused(capsys, onnx, A, B, A, C, "--out", "seen")


WORDS = '{ mask = "argmax", scene = "softmax", tags = "sigmoid" }'


@pytest.mark.parametrize("export", ["", f"[export]\npreprocess = true\npostprocess = {WORDS}\n"])
def test_several_outputs(export: str, model: Make, capsys: pytest.CaptureFixture[str]) -> None:
    onnx = model("several", export)
    (record,) = predicted(capsys, onnx, A, "--out", "seen", "--threshold", "0")
    outputs = record["outputs"]
    assert list(outputs) == ["mask", "scene", "tags", "size"]
    assert Path(outputs["mask"]["class_map"]).name == "00_mask_classes.png"
    assert {entry["class"] for entry in outputs["scene"]["classes"]} == {"dark", "light"}
    assert {entry["class"] for entry in outputs["tags"]["labels"]} == {"red", "green", "blue"}
    assert list(outputs["size"]["values"]) == ["width", "weight"]
    lines = said(capsys, onnx, A, "--out", "seen")
    assert lines[0] == A
    assert [line.split(":")[0] for line in lines[1:]] == ["  mask", "  scene", "  tags", "  size"]


EMBEDDING = (
    ONE
    + """
[model]
kind = "graph"
outputs = { vector = "embed" }
[[model.nodes]]
name = "embed"
from = "image"
layers = [
  { op = "conv2d", out_channels = 8, kernel_size = 3 }, { op = "global_avg_pool2d" }, { op = "flatten" }
]
"""
)


def exported(text: str, folder: Path) -> Path:
    (folder / "spec.toml").write_text(text)
    assert main(["export", str(folder / "spec.toml"), "--onnx", str(folder / "m.onnx"), "--quiet"]) == 0
    return folder / "m.onnx"


def test_vectors(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    onnx = exported(EMBEDDING, data.parent)
    capsys.readouterr()
    (record,) = predicted(capsys, onnx, A)
    assert len(record["numbers"]) == 8
    assert said(capsys, onnx, A)[0].startswith(f"{A}: 8 numbers: ")
    assert said(capsys, onnx, "data/images", "--output", "all.npy") == ["all.npy: vector 16x8"]
    vectors = np.load("all.npy")
    assert vectors[0] == pytest.approx(record["numbers"], rel=1e-5)


def test_a_folder_is_not_asked_for_in_vain(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    onnx = exported(EMBEDDING, data.parent)
    capsys.readouterr()
    assert "makes no class maps for `seen`" in refused(capsys, onnx, A, "--out", "seen")
    assert not Path("seen").exists()


def test_images_of_other_channels_than_the_input(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    onnx = exported(EMBEDDING.replace("size = [16, 24]", "size = [16, 24]\nchannels = 6"), data.parent)
    capsys.readouterr()
    assert "has 3 channels; the model takes 6" in refused(capsys, onnx, A)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.png"], "nowhere.png"),
        (["data/table.csv"], "is not an image"),
        (["data"], "no image in data"),
    ],
)
def test_what_cannot_be_read(
    arguments: list[str], message: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    onnx = exported(EMBEDDING, data.parent)
    capsys.readouterr()
    assert message in refused(capsys, onnx, *arguments)


def test_a_file_of_another_model_is_not_measured(model: Make, capsys: pytest.CaptureFixture[str]) -> None:
    model("classifier")
    spec = Path("other.toml")
    spec.write_text(ONE + '[model]\nkind = "classifier"\nclasses = 3\n' + BODY + HEAD % 3)
    assert main(["export", str(spec), "--onnx", "three.onnx", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["evaluate", "run", "--onnx", "three.onnx", "--other-model", "--device", "cpu"]) == 2
    assert "it answers `scores` of 3, the run's model answers `scores` of 2" in capsys.readouterr().err
