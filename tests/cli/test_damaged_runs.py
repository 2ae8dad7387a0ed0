"""A run whose files changed since archc wrote them is refused by every command that reads it."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
from PIL import Image

from archc.cli import main
from archc.files.errors import WorldError
from archc.run.manifest import read_manifest
from archc.training.checkpoint import saved
from archc.weights.files import read_weights

SPEC = """
archc = 1
[input]
size = [16, 16]
[model]
kind = "classifier"
classes = 2
[[model.body.stages]]
name = "stem"
layers = [{ op = "conv2d", out_channels = 8, kernel_size = 3, stride = 2 }, { op = "relu" }]
[model.head]
layers = [{ op = "global_avg_pool2d" }, { op = "flatten" }, { op = "linear", out_features = 2 }]
[data]
kind = "image_folder"
root = "data"
[train]
batch_size = 4
workers = 0
phases = [{ epochs = 2, lr = 0.01 }]
"""
Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a trained run and its exported model, to be copied."""
    return make_project(tmp_path_factory.mktemp("project"))


def make_project(project: Path) -> Path:
    """Fill the folder `project` with a spec, its data, a trained run and its exported model."""
    (project / "spec.toml").write_text(SPEC)
    pixels = np.random.default_rng(0)
    for i in range(10):
        path = project / "data" / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.integers(0, 255, (16, 16, 3), np.uint8)).save(path)
    run = project / "run"
    assert main(["train", str(project / "spec.toml"), "--run", str(run), "--quiet", "--device", "cpu"]) == 0
    assert main(["export", str(run), "--onnx", str(project / "model.onnx"), "--quiet"]) == 0
    return project


@pytest.fixture
def project(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(trained, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs a command: its status, and what it wrote to standard error."""

    def call(*arguments: str) -> tuple[int, str]:
        status = main(list(arguments))
        return status, capsys.readouterr().err

    return call


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


READERS = [
    ["build", "run"],
    ["params", "run"],
    ["eject", "run"],
    ["diff", "run", "spec.toml"],
    ["data", "run"],
    ["export", "run", "--onnx", "out.onnx", "--quiet"],
    ["evaluate", "run", "--device", "cpu"],
    ["evaluate", "run", "--device", "cpu", "--onnx", "model.onnx"],
    ["train", "run", "--run", "again", "--quiet", "--device", "cpu"],
]


@pytest.mark.parametrize("command", READERS, ids=lambda command: "-".join(command[:2]))
def test_whoever_reads_a_run_sees_that_it_was_edited(project: Path, run: Run, command: list[str]) -> None:
    assert run(*command)[0] == 0
    shutil.rmtree(project / "again", ignore_errors=True)
    spec = project / "run" / "spec.toml"
    spec.write_text(spec.read_text().replace("[16, 16]", "[16, 24]"))
    status, said = run(*command)
    assert status == 2
    assert "spec.toml` is not as archc wrote it: it is damaged, or edited by hand" in said
    assert "--modified takes the run as it is" in said
    assert said.count("\n") == 2
    told = ["--modified", "--other-model"] if command[0] == "evaluate" else ["--modified"]
    assert run(*command, *told)[0] == 0


@pytest.mark.parametrize(
    "name", ["spec.toml", "plan.json", "overrides.json", "environment.json", "metrics.json", "manifest.json"]
)
def test_flipped_bits_in_the_files_of_a_run(project: Path, run: Run, name: str) -> None:
    path = project / "run" / name
    for bit in random.Random(name).choices(range(path.stat().st_size * 8), k=25):
        flip(path, bit)
        status, said = run("params", "run")
        assert (status, said.count("\n")) == (2, 2), said
        assert f"{name}` " in said
        flip(path, bit)
    assert run("params", "run")[0] == 0


@pytest.mark.parametrize("name", ["weights.safetensors", "last.safetensors"])
def test_flipped_bits_in_weights(project: Path, name: str) -> None:
    path = project / "run" / name
    last = name == "last.safetensors"
    for bit in random.Random(name).sample(range(path.stat().st_size * 8), 40):
        flip(path, bit)
        with pytest.raises(WorldError):
            saved(project / "run", last=last)
        flip(path, bit)
    saved(project / "run", last=last)


@pytest.mark.parametrize("name", ["steps.jsonl", "epochs.jsonl"])
def test_what_grew_is_sealed_when_the_run_ends(project: Path, run: Run, name: str) -> None:
    assert name in read_manifest(project / "run").files
    with (project / "run" / name).open("a") as file:
        file.write("{}\n")
    assert run("params", "run")[0] == 2


@pytest.mark.parametrize("name", ["plan.json", "overrides.json", "environment.json", "manifest.json"])
def test_files_that_are_gone(project: Path, run: Run, name: str) -> None:
    (project / "run" / name).unlink()
    assert run("params", "run")[0] == 2


def test_another_spec_put_beside_is_not_taken(project: Path, run: Run) -> None:
    (project / "run" / "spec.toml").rename(project / "run" / "spec.json")
    status, said = run("params", "run")
    assert status == 2
    assert "spec.json` is not a file of this run's manifest" in said


def test_weights_of_another_run(project: Path, run: Run) -> None:
    for name, flags in (("other", ["--set", "train.seed=7"]), ("same", [])):
        assert run("train", "spec.toml", "--run", name, "--quiet", "--device", "cpu", *flags)[0] == 0
    kept = project / "run" / "weights.safetensors"
    shutil.copy(project / "other" / "weights.safetensors", kept)
    status, said = run("evaluate", "run", "--device", "cpu")
    assert status == 2
    assert "weights.safetensors` is not the file that this run wrote" in said
    assert run("evaluate", "run", "--device", "cpu", "--modified")[0] == 0
    shutil.copy(project / "run" / "last.safetensors", kept)
    assert run("diff", "run", "spec.toml")[0] == 2


def test_weights_that_another_tool_wrote_into_a_run(project: Path, run: Run) -> None:
    path = project / "run" / "weights.safetensors"
    tensors = read_weights(path)
    safetensors.torch.save_file({name: tensor * 0.5 for name, tensor in tensors.items()}, path)
    assert run("evaluate", "run", "--device", "cpu")[0] == 2
    assert run("evaluate", "run", "--device", "cpu", "--modified")[0] == 0


@pytest.mark.parametrize("flag", ["--other-model", None])
def test_a_model_of_another_run_is_measured_only_when_told(project: Path, run: Run, flag: str | None) -> None:
    assert run("train", "spec.toml", "--run", "other", "--quiet", "--set", "train.seed=7")[0] == 0
    assert run("export", "other", "--onnx", "other.onnx", "--quiet")[0] == 0
    command = ["evaluate", "run", "--onnx", "other.onnx", "--device", "cpu"]
    if flag:
        assert run(*command, flag)[0] == 0
        return
    status, said = run(*command)
    assert status == 2
    assert "`other.onnx` was not exported from `run/weights.safetensors`" in said
    assert "--other-model" in said


def test_a_model_of_the_last_step_is_compared_with_the_last_step(project: Path, run: Run) -> None:
    assert run("train", "spec.toml", "--run", "two", "--quiet", "--set", "train.phases.0.lr=0.5")[0] == 0
    assert run("export", "two", "--last", "--onnx", "last.onnx", "--quiet")[0] == 0
    assert run("evaluate", "two", "--last", "--onnx", "last.onnx", "--device", "cpu")[0] == 0


def test_a_run_moved_and_copied_stays_whole(project: Path, run: Run) -> None:
    shutil.copytree(project / "run", project / "elsewhere" / "copy")
    assert run("params", "elsewhere/copy")[0] == 0
    assert json.loads((project / "run" / "manifest.json").read_text())["format"] == 1


@pytest.mark.parametrize("modified", [[], ["--modified"]])
@pytest.mark.parametrize(
    "command", [["evaluate", "run", "--device", "cpu"], ["export", "run", "--onnx", "out.onnx", "--quiet"]]
)
def test_weights_that_are_gone_are_not_replaced_by_others(
    project: Path, run: Run, command: list[str], modified: list[str]
) -> None:
    (project / "run" / "weights.safetensors").unlink()
    status, said = run(*command, *modified)
    assert status == 2
    assert "weights.safetensors` is not there" in said
    assert "--last" in said
    assert run(*command, *modified, "--last")[0] == 0
    (project / "run" / "last.safetensors").unlink()
    status, said = run(*command, *modified)
    assert status == 2
    assert "weights.safetensors` is not there" in said
    assert "--last" not in said


def test_a_pipe_in_the_place_of_weights_is_none(project: Path, run: Run) -> None:
    weights = project / "run" / "weights.safetensors"
    weights.unlink()
    os.mkfifo(weights)
    status, said = run("evaluate", "run", "--device", "cpu")
    assert status == 2
    assert "weights.safetensors` is not there" in said


def test_predict_of_a_run_names_the_export(project: Path, run: Run) -> None:
    status, said = run("predict", "run", "data/a/0.png")
    assert status == 2
    assert "archc export run --onnx" in said
