"""A run that is killed at any moment loads its last good weights."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from archc.files.errors import WorldError
from archc.files.safetensors_header import read_intact_header
from archc.files.seal import KEY
from archc.run.create import Record, create_run
from archc.run.folder import Run, open_run
from archc.run.manifest import read_manifest, require_weights
from archc.weights.files import read_weights

RECORD = Record(spec="archc = 1\n", form="toml", plan="{}", environment={}, bodies={"lab/x": "{}"})


class Killed(BaseException):
    """Stands for a kill: nothing after it runs that would write."""


def intact(run: Run) -> list[str]:
    """The weights of a run that is as archc wrote it."""
    open_run(run.path)
    found = [path for path in (run.weights, run.last_weights) if path.is_file()]
    for path in found:
        require_weights(run.path, path.name, read_intact_header(path).metadata[KEY])
    return [path.name for path in found]


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """Copies of the run's folder, made at each moment at which a kill would leave another one."""
    made: list[Path] = []
    rename: Callable[..., Path] = Path.replace
    fsync = os.fsync

    def keep() -> None:
        if (run := tmp_path / "run").is_dir():
            made.append(tmp_path / f"state{len(made)}")
            shutil.copytree(run, made[-1])

    def replace(path: Path, target: Path) -> Path:
        keep()
        found = rename(path, target)
        keep()
        return found

    def synced(descriptor: int) -> None:
        keep()
        fsync(descriptor)

    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(os, "fsync", synced)
    return made


def test_whatever_moment_a_kill_comes_the_run_is_whole(
    small: Any, tmp_path: Path, states: list[Path]
) -> None:
    run = create_run(tmp_path / "run", RECORD)
    seen: set[bytes] = set()
    for _ in small.progress(small.make_net(), run=run, train={"phases": [{"epochs": 4, "lr": 0.05}]}):
        if run.weights.is_file():
            seen.add(run.weights.read_bytes())
    assert len(states) > 20
    for state in states:
        copy = Run(state, run.spec_name)
        assert set(intact(copy)) <= {"weights.safetensors", "last.safetensors"}
        if copy.weights.is_file():
            assert copy.weights.read_bytes() in seen | {run.weights.read_bytes()}
    assert intact(run) == ["weights.safetensors", "last.safetensors"]


def test_a_manifest_that_cannot_be_written_leaves_the_weights_before(
    small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = create_run(tmp_path / "run", RECORD)
    rename = Path.replace
    count = [0]

    def replace(path: Path, target: Path) -> Path:
        count[0] += 1
        if count[0] >= 4:  # the manifest, the weights, the manifest again; then the disk is full
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(WorldError):
        list(small.progress(small.make_net(), run=run, train={"phases": [{"epochs": 6, "lr": 0.05}]}))
    monkeypatch.undo()
    assert "weights.safetensors" in intact(run)
    assert read_weights(run.weights)


def test_a_failed_rename_keeps_both_weights_listed(
    small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = create_run(tmp_path / "run", RECORD)
    rename = Path.replace
    failed = []

    def replace(path: Path, target: Path) -> Path:
        if target.name == "weights.safetensors" and target.exists() and not failed:
            failed.append(target)
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(WorldError):
        list(small.progress(small.make_net(), run=run, train={"phases": [{"epochs": 12, "lr": 0.05}]}))
    assert failed
    assert intact(run) == ["weights.safetensors", "last.safetensors"]


def test_a_new_run_lists_its_files(tmp_path: Path) -> None:
    run = create_run(tmp_path / "run", RECORD)
    listed = read_manifest(run.path).files
    own = {"spec.toml", "plan.json", "overrides.json", "environment.json"}
    assert set(listed) == own | {"archc_bodies/lab/x.json"}
    assert open_run(run.path) == run
    (run.path / "archc_bodies" / "lab" / "x.json").write_text("[]")
    with pytest.raises(WorldError, match=r"x\.json` is not as archc wrote it"):
        open_run(run.path)
    assert open_run(run.path, modified=True) == run


def test_equal_runs_have_equal_manifests(small: Any, tmp_path: Path) -> None:
    for name in "ab":
        run = create_run(tmp_path / name, RECORD)
        torch.manual_seed(0)
        list(small.progress(small.make_net(), run=run, train={"phases": [{"epochs": 1, "lr": 0.05}]}))
    one, two = (read_manifest(tmp_path / name).files for name in "ab")
    assert one["weights.safetensors"] == two["weights.safetensors"]
