"""What commands say of the files that a model starts from, and how they refuse one."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from archc.cli.main import main
from archc.modules.materialize import materialize
from tests.weights.test_layouts import SPEC, plan


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec, and a checkpoint of timm's training script for its body."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text(SPEC.format(weights='"w.ckpt"', start="", classes=3))
    state = {n.removeprefix("body."): t for n, t in materialize(plan(), seed=1).state_dict().items()}
    torch.save({"state_dict": state, "args": argparse.Namespace(lr=1)}, "w.ckpt")
    return tmp_path


def test_build_says_what_loaded_and_what_did_not(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "s.toml", "--out", "o.safetensors"]) == 0
    said = capsys.readouterr().err
    assert 'w.ckpt, entry "state_dict" (the only place in it that fits)' in said
    assert "stem, tail" in said
    assert "head.2" in said
    assert "argparse.Namespace" in said


def test_export_is_quiet_where_it_is_told_to_be(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "s.toml", "--onnx", "o.onnx", "--quiet"]) == 0
    assert "w.ckpt" not in capsys.readouterr().err
    assert main(["export", "s.toml", "--onnx", "o.onnx"]) == 0
    assert "w.ckpt" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.long(), "is of type I64 in the file, float in the model"),
        (lambda t: t > 0, "is of type BOOL in the file, float in the model"),
        (lambda t: t.to(torch.complex64), "is of type C64 in the file, float in the model"),
        (lambda t: t.to(torch.float8_e4m3fn), "is of type F8_E4M3 in the file, float in the model"),
        (lambda t: torch.zeros(()), "is a scalar in the file"),
        (lambda t: t[:1].contiguous(), "of another shape"),
    ],
)
def test_a_tensor_of_another_kind_is_one_line(
    change: object, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = {n.removeprefix("body."): t for n, t in materialize(plan(), seed=1).state_dict().items()}
    state["stem.0.weight"] = change(state["stem.0.weight"])  # type: ignore[operator]
    save_file({n: t for n, t in state.items() if not n.startswith("head")}, folder / "w.safetensors")
    status = main(["export", "s.toml", "--onnx", "o.onnx", "--set", "model.body.weights=w.safetensors"])
    assert status == 2
    assert said in capsys.readouterr().err
    assert not (folder / "o.onnx").exists()


def test_validate_opens_no_file_of_weights(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "w.ckpt").unlink()
    assert main(["validate", "s.toml"]) == 0
    table = 'model.weights={ file = "runs/nowhere", skip = ["head"] }'
    assert main(["validate", "s.toml", "--set", table]) == 0
    assert main(["validate", "s.toml", "--set", 'model.body.weights={ file = "nowhere.bin" }']) == 0
