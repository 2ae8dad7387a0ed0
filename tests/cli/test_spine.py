"""The verbs one after the other, as a newcomer types them, on real images."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from archc.cli import main

ROOT = Path(__file__).parents[2]
FEW = ["--set", "train.phases.0.epochs=1", "--set", "train.workers=0"]


@pytest.fixture
def camvid(shared_data: Path, tmp_path: Path) -> Path:
    """Twelve training and four validation frames of CamVid, as links."""
    for folder, count in (("train", 12), ("trainannot", 12), ("val", 4), ("valannot", 4)):
        (tmp_path / "camvid" / folder).mkdir(parents=True)
        for source in sorted((shared_data / "camvid" / folder).iterdir())[:count]:
            (tmp_path / "camvid" / folder / source.name).write_bytes(source.read_bytes())
    return tmp_path / "camvid"


def test_segmentation_from_text_to_overlays(
    camvid: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = str(ROOT / "specs" / "unet_camvid.toml")
    here = ["--set", f"data.root={camvid}", "--set", "input.size=[48, 64]", "--set", "train.batch_size=4"]
    assert main(["validate", spec]) == 0
    assert main(["build", spec]) == 0
    assert "41,222,068" in capsys.readouterr().out
    assert main(["train", spec, "--run", "run", "--quiet", "--device", "cpu", *here, *FEW]) == 0
    assert "mean_iou" in capsys.readouterr().out
    epochs = [json.loads(line) for line in Path("run/epochs.jsonl").read_text().splitlines()]
    assert len(epochs) == 1
    assert 0 <= epochs[0]["metrics"]["mean_iou"] <= 1
    assert main(["export", "run", "--onnx", "--quiet"]) == 0
    image = next((camvid / "val").iterdir())
    assert (
        main(["predict", "run/unet_camvid.onnx", str(image), "--out", "seen", "--json", "--device", "cpu"])
        == 0
    )
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    classes = np.asarray(Image.open(record["class_map"]))
    assert classes.shape == (360, 480)
    assert classes.max() < 11
    assert Image.open(record["overlay"]).width >= 480


def test_a_run_is_never_overwritten(camvid: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "precious").write_text("mine")
    spec = str(ROOT / "specs" / "unet_camvid_small.toml")
    here = ["--set", f"data.root={camvid}", "--set", "input.size=[32, 32]"]
    assert main(["train", spec, "--run", str(tmp_path / "run"), "--quiet", *here, *FEW]) == 2
    assert "not an empty folder" in capsys.readouterr().err
    assert (tmp_path / "run" / "precious").read_text() == "mine"


def test_the_demo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    quick = [
        "--set",
        "train.phases.0.epochs=1",
        "--set",
        "input.size=[16, 16]",
        "--set",
        "model.body.cut=layer1",
    ]
    assert main(["demo", "--quiet", *quick]) == 0
    out = capsys.readouterr().out
    assert "digits right" in out
    assert Path("runs/digits-1/model.onnx").is_file()
    assert len(list(Path("runs/digits-1/digits").glob("*.png"))) == 20


def test_exporting_a_spec_says_how_well_it_agrees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "digits.onnx"
    assert main(["export", str(ROOT / "specs" / "digits.toml"), "--onnx", str(out), "--quiet"]) == 0
    assert "scaled error" in capsys.readouterr().out
    assert out.is_file()


def test_an_export_needs_no_name_for_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = str(ROOT / "specs" / "digits.toml")
    for arguments in ([spec, "--onnx"], ["--onnx", spec], [spec]):
        assert main(["export", *arguments, "--quiet"]) == 0
        assert capsys.readouterr().out.startswith("digits.onnx: ")
        Path("digits.onnx").unlink()
    assert main(["export", spec, "-o", "other.onnx", "--quiet"]) == 0
    assert Path("other.onnx").is_file()
    for arguments in (["--onnx"], ["--onnx", "x.onnx"], [spec, "--onnx", "x.onnx", "-o", "y.onnx"]):
        assert main(["export", *arguments]) == 2
        assert capsys.readouterr().err.startswith("error: ")


def test_every_command_that_writes_takes_out_by_one_name(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        "build",
        "data",
        "demo",
        "eject",
        "export",
        "init",
        "predict",
        "record",
        "schema",
        "train",
    ):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        said = capsys.readouterr().out
        assert "-o " in said, command
        assert "--out " in said, command
        assert "--output" not in said, command


def test_what_is_printed_is_written_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = str(ROOT / "specs" / "digits.toml")
    for emit in ("table", "plan", "json"):
        assert main(["build", spec, "--emit", emit]) == 0
        printed = capsys.readouterr().out
        assert main(["build", spec, "--emit", emit, "-o", str(tmp_path / emit)]) == 0
        assert capsys.readouterr().out == ""
        assert (tmp_path / emit).read_text("utf-8") == printed


def test_weights_are_written_where_asked(tmp_path: Path) -> None:
    out = tmp_path / "digits.safetensors"
    assert main(["build", str(ROOT / "specs" / "digits.toml"), "--out", str(out)]) == 0
    from safetensors import safe_open

    with safe_open(out, "pt") as file:
        assert "body.layer3.1.conv2.weight" in set(file.keys())
        assert "archc = 1" in file.metadata()["archc.spec"]


def test_params_are_a_partition(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["params", str(ROOT / "specs" / "unet_camvid.toml"), "--json"]) == 0
    lines = json.loads(capsys.readouterr().out)
    assert sum(line["parameters"] for line in lines) == 41_222_068
    assert [line["group"] for line in lines] == ["body.early", "body.late", "decoder"]


def test_bodies_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bodies", "resnet"]) == 0
    assert "torchvision/resnet34" in capsys.readouterr().out
    assert main(["bodies", "torchvision/resnet34"]) == 0
    assert "layer3 (1/16, 256 channels), layer2 (1/8, 128 channels)" in capsys.readouterr().out
    assert main(["bodies", "resnet35"]) == 2
    assert "did you mean `torchvision/resnet3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "missing", "extra"),
    [
        (["train", "specs/digits.toml"], "torch", "train"),
        (["export", "specs/digits.toml", "--onnx", "x.onnx"], "torch", "export"),
        (["predict", "x.onnx", "x.png"], "numpy", "cpu"),
        (["build", "specs/digits.toml", "--out", "x.safetensors"], "torch", "train"),
        (["demo"], "torch", "demo"),
    ],
)
def test_a_missing_extra_is_one_line(
    arguments: list[str],
    missing: str,
    extra: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on a machine with the core alone: the first library that is asked for is not there."""

    def import_module(name: str) -> object:
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    module = sys.modules["archc.cli.main"]
    monkeypatch.setattr(module, "importlib", SimpleNamespace(import_module=import_module))
    assert main(arguments) == 2
    out = capsys.readouterr()
    command = f"pip install '.[{extra}]' in a clone of archc"
    assert out.err == f"error: this needs {missing}, which is not installed: {command}\n"
