"""A thousand flipped bits in each kind of artifact: each is refused in one line, none changes a result."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archc.bodies import catalog as bodies
from archc.cli import main
from archc.files.errors import WorldError
from archc.record.text import text_of
from archc.runtime.session import open_model
from archc.training.checkpoint import saved
from tests.bodies.test_sealed import ALEXNET, SPEC
from tests.cli.test_damaged_runs import flip, make_project

FLIPS = 1_000

pytestmark = pytest.mark.nightly


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("project"))


def flips(path: Path, count: int = FLIPS) -> Iterator[int]:
    """Flip one bit of the file after the other, each alone; no bit twice where the file has enough."""
    bits = path.stat().st_size * 8
    random_ = random.Random(path.name)
    chosen = random_.sample(range(bits), count) if bits >= count else random_.choices(range(bits), k=count)
    for bit in chosen:
        flip(path, bit)
        try:
            yield bit
        finally:
            flip(path, bit)


def refused(read: Callable[[], object]) -> str:
    with pytest.raises(WorldError) as caught:
        read()
    assert caught.value.message.isprintable()
    return caught.value.message


def test_in_an_exported_model(project: Path) -> None:
    path = project / "model.onnx"
    for _ in flips(path):
        assert "model.onnx`" in refused(lambda: open_model(path, device="cpu"))
    assert open_model(path, device="cpu").description.classes == ("a", "b")


def test_in_an_exported_model_by_the_command(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, image = project / "model.onnx", next((project / "data" / "a").iterdir())
    for _ in flips(path, 100):
        assert main(["predict", str(path), str(image), "--device", "cpu"]) == 2
        said = capsys.readouterr()
        assert not said.out
        assert said.err.count("\n") <= 2
    assert main(["predict", str(path), str(image), "--device", "cpu"]) == 0


@pytest.mark.parametrize("name", ["weights.safetensors", "last.safetensors"])
def test_in_weights(project: Path, name: str) -> None:
    last = name == "last.safetensors"
    for _ in flips(project / "run" / name):
        assert f"{name}`" in refused(lambda: saved(project / "run", last=last))
    saved(project / "run", last=last)


@pytest.mark.parametrize(
    "name",
    [
        "spec.toml",
        "plan.json",
        "overrides.json",
        "environment.json",
        "metrics.json",
        "steps.jsonl",
        "epochs.jsonl",
        "manifest.json",
    ],
)
def test_in_the_files_of_a_run(project: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for number, _ in enumerate(flips(project / "run" / name)):
        command = ["params", str(project / "run")] if number % 2 else ["build", str(project / "run")]
        assert main(command) == 2
        said = capsys.readouterr()
        assert not said.out
        assert f"{name}` " in said.err
        assert said.err.count("\n") == 2


def test_in_a_projects_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "archc_bodies" / "mine" / "net.json"
    path.parent.mkdir(parents=True)
    path.write_text(text_of(ALEXNET | {"ref": "mine/net"}))
    (tmp_path / "a.toml").write_text(SPEC)
    for _ in flips(path):
        bodies._read_once.cache_clear()
        assert main(["validate", str(tmp_path / "a.toml")]) == 2
        assert "net.json`" in capsys.readouterr().err
    bodies._read_once.cache_clear()
    assert main(["validate", str(tmp_path / "a.toml")]) == 0


def test_in_a_shipped_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "torchvision" / "alexnet.json"
    path.parent.mkdir()
    path.write_text(text_of(ALEXNET))
    monkeypatch.setattr(bodies, "SHIPPED", tmp_path)
    for _ in flips(path):
        bodies.shipped.cache_clear()
        assert "alexnet.json`" in refused(lambda: bodies.shipped("torchvision/alexnet"))
    bodies.shipped.cache_clear()
    assert bodies.shipped("torchvision/alexnet") is not None
    bodies.shipped.cache_clear()
