"""A folder in the way of a run: only one that nothing was measured in is set aside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archc.cli import main
from archc.files.errors import WorldError
from archc.run.create import Record, create_run, release
from archc.run.reclaim import set_aside
from tests.training.tiny_runs import digits_spec, folder_spec

RECORD = Record(spec="archc = 1\n", form="toml", plan="{}\n", environment={})


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_one_without_weights_is_replaced() -> None:
    release(create_run(Path("r"), RECORD, reclaim=print).held)
    Path("r/steps.jsonl").write_text("{}\n")
    said: list[str] = []
    release(create_run(Path("r"), RECORD, reclaim=said.append).held)
    assert said == ["`r` held a run that ended before it had weights: it is replaced"]
    assert Path("r/steps.jsonl").read_text() == ""
    assert [p.name for p in Path().iterdir()] == ["r"]


def test_one_with_last_weights_gets_another_name() -> None:
    for number in (1, 2):
        release(create_run(Path("r"), RECORD, reclaim=print).held)
        Path("r/last.safetensors").write_text(str(number))
    release(create_run(Path("r"), RECORD, reclaim=print).held)
    names = sorted(p.name for p in Path().iterdir())
    assert names == ["r", "r-unfinished-1", "r-unfinished-2"]
    assert Path("r-unfinished-2/last.safetensors").read_text() == "2"


def test_one_that_is_still_training_stays() -> None:
    run = create_run(Path("r"), RECORD)
    with pytest.raises(WorldError, match="not an empty folder"):
        create_run(Path("r"), RECORD, reclaim=print)
    release(run.held)
    create_run(Path("r"), RECORD, reclaim=print)


@pytest.mark.parametrize("name", ["weights.safetensors", "metrics.json", "notes.txt"])
def test_anything_more_stays(name: str) -> None:
    release(create_run(Path("r"), RECORD, reclaim=print).held)
    Path("r", name).write_text("x")
    with pytest.raises(WorldError, match="not an empty folder"):
        create_run(Path("r"), RECORD, reclaim=print)
    assert Path("r", name).exists()


def test_other_folders_and_links_stay() -> None:
    Path("r").mkdir()
    Path("r/plan.json").write_text("{}")
    assert set_aside(Path("r")) is None
    release(create_run(Path("s"), RECORD, reclaim=print).held)
    Path("t").symlink_to("s")
    assert set_aside(Path("t")) is None


@pytest.mark.parametrize("where", [".", "..", "/", "sub/..", "s.toml", "s.toml/r", "a" * 5000, "\udce9/r"])
def test_places_that_are_none(where: str, capsys: pytest.CaptureFixture[str]) -> None:
    digits_spec(Path("s.toml"), epochs=1)
    before = sorted(Path().iterdir())
    status = main(["train", "s.toml", "--run", where, "--quiet", "--set", "train.batch_size=1437"])
    said = capsys.readouterr().err
    if where == "\udce9/r":
        assert status == 0
        return
    assert status == 2
    assert said.startswith("error: ")
    assert len(said.splitlines()) <= 2
    assert sorted(Path().iterdir()) == before


@pytest.mark.parametrize("where", ["data/train/run", "data/val", "data/train", "data/train/cat/deep/run"])
def test_a_run_does_not_lie_among_its_data(where: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder_spec(Path("s.toml"), epochs=1)
    assert main(["train", "s.toml", "--run", where, "--quiet"]) == 2
    assert "among the data" in capsys.readouterr().err
    assert len(list(Path("data").rglob("*"))) == 24 + 6
    assert main(["train", "s.toml", "--run", "data/run", "--quiet"]) == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    digits_spec(Path("s.toml"), epochs=1)
    Path("closed").mkdir(0o555)
    assert main(["train", "s.toml", "--run", "closed/r", "--quiet"]) == 2
    assert "change its permissions" in capsys.readouterr().err
