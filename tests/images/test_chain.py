"""Images that are not bytes through the whole chain: trained on, exported, served with the same scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from archc.cli.main import main

SPEC = """
archc = 1

[input]
size = [16, 16]
channels = {channels}
dtype = "{dtype}"
range = [{low}, {high}]

[model]
kind = "classifier"
classes = 2

[[model.body.stages]]
name = "stem"
layers = [
  {{ op = "conv2d", out_channels = 8, kernel_size = 3, stride = 2, bias = false }},
  {{ op = "batch_norm2d" }},
  {{ op = "relu" }},
]

[model.head]
hidden = [8]
dropout = 0.1

[data]
kind = "image_folder"
root = "images"
valid = 0.4

[data.augment]
horizontal_flip = 0.5
rotate = 5
scale = [0.9, 1.2]
brightness = 0.1
contrast = 0.1

[train]
batch_size = 8
workers = 0
phases = [{{ epochs = 4, lr = 1e-2 }}]

[export]
preprocess = {preprocess}
"""


def write_images(folder: Path, channels: int, dtype: str, low: float, high: float, count: int = 30) -> None:
    """Write images of two classes: in the one class the last channel is brighter, of the same maximum."""
    random = np.random.default_rng(0)
    for name, power in (("bright", 0.5), ("dark", 2.0)):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            values = random.random((20, 18, channels))
            values[:, :, -1] **= power
            samples = (low + values * (high - low)).astype(dtype)
            path = folder / name / f"{number}"
            if channels > 1 or dtype == "int16":
                np.save(path.with_suffix(".npy"), samples)
            else:
                suffix = ".tif" if dtype == "float32" else ".png"
                Image.fromarray(samples[:, :, 0]).save(path.with_suffix(suffix))


def lines(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> list[str]:
    """Run a command that must succeed; return what it printed."""
    capsys.readouterr()
    status = main([*map(str, arguments)])
    found = capsys.readouterr()
    assert status == 0, found.err
    return found.out.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("channels", "dtype", "low", "high"),
    [(1, "uint16", 0, 4095), (1, "float32", 0, 1), (6, "uint16", 0, 10_000), (2, "int16", -1000, 1000)],
)
def test_what_is_trained_is_served(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    channels: int,
    dtype: str,
    low: float,
    high: float,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_images(tmp_path / "images", channels, dtype, low, high)
    scores: list[list[dict[str, float]]] = []
    for preprocess in ("false", "true"):
        text = SPEC.format(channels=channels, dtype=dtype, low=low, high=high, preprocess=preprocess)
        (tmp_path / f"{preprocess}.toml").write_text(text)
        run, onnx = tmp_path / f"run-{preprocess}", tmp_path / f"{preprocess}.onnx"
        lines(capsys, "train", f"{preprocess}.toml", "--run", run)
        lines(capsys, "export", run, "--onnx", onnx)
        by_torch = json.loads("".join(lines(capsys, "evaluate", run, "--json")))["metrics"]
        by_onnx = json.loads("".join(lines(capsys, "evaluate", run, "--onnx", onnx, "--json")))["metrics"]
        assert by_torch == by_onnx
        assert by_torch["accuracy"] > 0.8
        told = [
            json.loads(line)
            for line in lines(capsys, "predict", onnx, "images/bright", "images/dark", "--json")
        ]
        scores.append([{each["class"]: each["score"] for each in one["classes"]} for one in told])
        right = sum(one["classes"][0]["class"] == Path(one["image"]).parent.name for one in told)
        assert right / len(told) > 0.8
    for inside, outside in zip(*scores, strict=True):
        assert inside == pytest.approx(outside, abs=1e-4)


def test_the_data_is_described_and_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_images(tmp_path / "images", 6, "uint16", 0, 10_000, count=8)
    text = SPEC.format(channels=6, dtype="uint16", low=0, high=10_000, preprocess="false")
    (tmp_path / "spec.toml").write_text(text)
    told = "\n".join(lines(capsys, "data", "spec.toml", "--out", "sheets"))
    assert "channels: 6 x uint16 16" in told
    mean = [float(each) for each in told.split("mean = [")[1].split("]")[0].split(",")]
    assert mean[:5] == pytest.approx([0.5] * 5, abs=0.02)
    with Image.open("sheets/augmented.png") as sheet:
        assert np.asarray(sheet).std() > 10


def test_an_exported_file_says_what_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = SPEC.format(channels=1, dtype="uint16", low=0, high=4095, preprocess="true")
    (tmp_path / "spec.toml").write_text(text)
    lines(capsys, "export", "spec.toml", "--onnx", "m.onnx")
    import onnx

    model = onnx.load("m.onnx")
    given: Any = model.graph.input[0].type.tensor_type
    assert given.elem_type == onnx.TensorProto.UINT16
    entries = {entry.key: entry.value for entry in model.metadata_props}
    (described,) = json.loads(entries["archc.input"])["inputs"]
    assert (described["dtype"], described["range"]) == ("uint16", [0, 4095])
    Image.fromarray(np.zeros((16, 16), np.uint8)).save("bytes.png")
    capsys.readouterr()
    assert main(["predict", "m.onnx", "bytes.png"]) == 2
    assert "8-bit (uint8) pixels; the model takes 16-bit (uint16) ones" in capsys.readouterr().err
