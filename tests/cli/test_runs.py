"""A run stands alone: its folder is all that is needed, wherever it lies."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from archc.cli import main

ROOT = Path(__file__).parents[2]
DATA = """
[data]
kind = "image_folder"
root = "data"
[train]
batch_size = 4
workers = 0
phases = [{ epochs = 1, train = ["head"], lr = 1e-3 }]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a body that it recorded itself, a spec that uses it, and ten images."""
    project = tmp_path / "project"
    shutil.copytree(ROOT / "specs" / "archc_bodies", project / "archc_bodies")
    text = (ROOT / "specs" / "timm_body.toml").read_text().split("\n", 1)[1]
    text = text.replace("[96, 96]", "[32, 32]").replace("classes = 10", "classes = 2")
    (project / "spec.toml").write_text(text + DATA)
    random = np.random.default_rng(0)
    for i in range(10):
        path = project / "data" / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 255, (32, 32, 3), np.uint8)).save(path)
    monkeypatch.chdir(project)
    return project


def test_a_run_takes_the_projects_bodies_with_it(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = ["--set", "model.head.hidden=[16]"]
    assert main(["train", "spec.toml", "--run", "run", "--quiet", "--device", "cpu", *flags]) == 0
    kept = sorted(path.name for path in (project / "run" / "archc_bodies").rglob("*.json"))
    assert kept == ["mobilenetv3_small_050.json"]
    (tmp_path / "elsewhere").mkdir()
    run = shutil.move(project / "run", tmp_path / "elsewhere" / "run")
    shutil.move(project / "data", tmp_path / "elsewhere" / "data")
    shutil.rmtree(project / "archc_bodies")
    monkeypatch.chdir(tmp_path / "elsewhere")
    capsys.readouterr()
    assert main(["export", "run", "--onnx", "model.onnx", "--quiet"]) == 0
    assert main(["evaluate", "run", "--device", "cpu"]) == 0
    assert main(["evaluate", "run", "--device", "cpu", "--onnx", "model.onnx"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == lines[-1]  # what torch and onnxruntime measure
    assert main(["eject", "run", "--out", "model.py"]) == 0
    assert main(["params", "run"]) == 0
    assert main(["build", str(run)]) == 0
    assert "16" in capsys.readouterr().out


def test_a_run_without_such_bodies_has_no_folder_for_them(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--set", "model.body.ref=torchvision/resnet18", "--set", "model.body.cut=layer1"]
    assert main(["train", "spec.toml", "--run", "run", "--quiet", "--device", "cpu", *flags]) == 0
    assert not (project / "run" / "archc_bodies").exists()
    assert main(["eject", "data"]) == 2
    assert "`data` is not a run" in capsys.readouterr().err


def test_a_run_finds_the_data_beside_its_spec_from_anywhere(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the data lies beside the spec, not here
    flags = ["--set", "model.head.hidden=[16]", "--quiet", "--device", "cpu"]
    assert main(["train", "project/spec.toml", *flags]) == 0
    (run,) = (tmp_path / "runs").iterdir()
    assert str(tmp_path) not in (run / "environment.json").read_text()
    for place in (run, tmp_path / "project"):
        monkeypatch.chdir(place)
        assert main(["evaluate", str(run), "--device", "cpu"]) == 0
    shutil.move(project / "data", tmp_path / "moved")
    capsys.readouterr()
    assert main(["evaluate", str(run), "--device", "cpu"]) == 2
    assert "--set data.root=FOLDER" in capsys.readouterr().err
    assert main(["evaluate", str(run), "--device", "cpu", "--set", f"data.root={tmp_path / 'moved'}"]) == 0
