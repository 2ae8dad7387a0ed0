"""A run's folder: claimed by one, whole files only, enough to build the model again."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

from archc.files.errors import WorldError
from archc.files.json_text import as_json
from archc.files.safetensors_header import read_header
from archc.run.create import Record, create_run, next_run
from archc.run.folder import open_run
from archc.run.lines import lines
from archc.training.environment import describe_environment
from archc.training.events import EpochEnd, Step
from archc.training.progress import show
from archc.weights.files import read_weights

SPEC = '# kept as it is\narchc = 1\nname = "ü"\n'
RECORD = Record(
    spec=SPEC,
    form="toml",
    plan='{"nodes": []}',
    environment={"seed": 42},
    overrides=[("train.batch_size", 16)],
)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a file of lines, without a last one that was cut off."""
    return [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]


def test_a_new_run_holds_what_it_starts_from(tmp_path: Path) -> None:
    run = create_run(tmp_path / "a" / "b", RECORD)
    assert run.spec.read_text("utf-8") == SPEC
    assert json.loads(run.overrides.read_text()) == [["train.batch_size", 16]]
    assert run.plan.read_text() == '{"nodes": []}'
    assert json.loads(run.environment.read_text()) == {"seed": 42}
    assert open_run(tmp_path / "a" / "b") == run
    assert [entry.name for entry in (tmp_path / "a").iterdir()] == ["b"]


def test_an_empty_folder_may_become_a_run_and_a_full_one_not(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    create_run(tmp_path / "run", RECORD)
    with pytest.raises(WorldError, match="not an empty folder") as caught:
        create_run(tmp_path / "run", RECORD)
    assert "--run" in str(caught.value)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WorldError, match="not an empty folder"):
        create_run(tmp_path / "file", RECORD)
    assert (tmp_path / "file").read_text() == "mine"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "run"]


def test_of_many_at_once_one_gets_the_folder(tmp_path: Path) -> None:
    def attempt(number: int) -> int:
        try:
            create_run(tmp_path / "run", Record(spec="", form="json", plan=str(number), environment={}))
        except WorldError:
            return 0
        return 1

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(attempt, range(20))) == 1


def test_runs_are_counted(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    assert next_run(runs, "net", RECORD).path == runs / "net-1"
    (runs / "net-7").mkdir()
    (runs / "net-7" / "x").write_text("")
    (runs / "net-abc").mkdir()
    assert next_run(runs, "net", RECORD).path == runs / "net-8"
    assert next_run(runs, "../../a b", RECORD).path.parent == runs
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: next_run(runs, "many", RECORD).path.name, range(8)))
    assert sorted(made) == [f"many-{n}" for n in range(1, 9)]


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="is not a run"):
        open_run(tmp_path)


def test_lines_are_whole_and_numbers_are_json(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with lines(path) as write:
        write({"loss": math.nan, "step": 1})
        assert read_lines(path) == [{"loss": None, "step": 1}]
    with lines(path) as write:
        write({"step": 2, "deep": [math.inf, {"a": -math.inf}]})
    with path.open("a") as file:
        file.write('{"step": 3, "lo')  # a machine that died
    assert [line["step"] for line in read_lines(path)] == [1, 2]
    assert json.loads(as_json({"a": (1.5, math.nan)})) == {"a": [1.5, None]}
    with pytest.raises(WorldError, match="nowhere"), lines(tmp_path / "nowhere" / "x"):
        pass


def test_training_leaves_a_whole_run(small: Any, tmp_path: Path) -> None:
    run = create_run(tmp_path / "run", RECORD)
    net = small.make_net()
    told = list(small.progress(net, run=run, train={"phases": [{"epochs": 3, "lr": 0.02}]}))
    assert [line["step"] for line in read_lines(run.steps)] == list(range(12))
    epochs = read_lines(run.epochs)
    assert [line["epoch"] for line in epochs] == [0, 1, 2]
    assert set(epochs[0]["class_iou"]) == {"dark", "bright"}
    metrics = json.loads(run.metrics.read_text())
    best = max(epochs, key=lambda line: line["metrics"]["mean_iou"])
    assert metrics["best"] == best
    assert metrics["last"] == epochs[-1]
    last = read_weights(run.last_weights)
    assert set(last) == set(net.state_dict())
    assert all(torch.equal(tensor, last[name]) for name, tensor in net.state_dict().items())
    header = read_header(run.weights).metadata
    assert header["archc.spec"] == SPEC
    assert json.loads(header["archc.classes"]) == ["dark", "bright"]
    assert json.loads(header["archc.overrides"]) == [["train.batch_size", 16]]
    assert header["archc.version"]
    assert told[-1].best.epoch == best["epoch"]


def test_best_weights_are_those_of_the_best_epoch(small: Any, tmp_path: Path) -> None:
    run = create_run(tmp_path / "run", RECORD)
    net = small.make_net()
    kept: dict[str, torch.Tensor] = {}
    for event in small.progress(net, run=run, train={"phases": [{"epochs": 4, "lr": 0.05}]}):
        if isinstance(event, EpochEnd) and event.best:
            kept = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    best = read_weights(run.weights)
    assert all(torch.equal(tensor, best[name]) for name, tensor in kept.items())


@pytest.mark.parametrize("how", ["closed", "nan"])
def test_a_run_that_stops_early_keeps_its_last_good_weights(small: Any, tmp_path: Path, how: str) -> None:
    run = create_run(tmp_path / "run", RECORD)
    net = small.make_net()
    progress = small.progress(net, run=run)
    kept: dict[str, torch.Tensor] = {}

    def watch() -> None:
        for event in progress:
            if isinstance(event, Step) and event.step == 2:
                kept.update({name: p.detach().clone() for name, p in net.named_parameters()})
                if how == "closed":
                    progress.close()
                net.head.register_forward_hook(lambda *_: _[2] * float("nan"))

    if how == "closed":
        watch()
    else:
        with pytest.raises(WorldError, match="the loss is nan"):
            watch()
    last = read_weights(run.last_weights)
    assert all(torch.equal(tensor, last[name]) for name, tensor in kept.items())
    assert len(read_lines(run.steps)) == 3
    assert not run.metrics.exists()


def test_a_run_that_never_stepped_leaves_no_weights(small: Any, tmp_path: Path) -> None:
    run = create_run(tmp_path / "run", RECORD)
    with pytest.raises(WorldError):
        list(small.progress(small.make_net(), run=run, train={"phases": [{"epochs": 1, "train": []}]}))
    assert not run.last_weights.exists()


def test_ctrl_c_saves_before_the_program_ends(small: Any, tmp_path: Path) -> None:
    run = create_run(tmp_path / "run", RECORD)
    net = small.make_net()
    calls = []

    def interrupt(*_: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    net.register_forward_pre_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        show(small.progress(net, run=run), quiet=True)
    assert run.last_weights.exists()
    assert len(read_lines(run.steps)) == 2


def test_the_environment_is_told_without_names_of_the_machine() -> None:
    import platform

    found = describe_environment(torch.device("cpu"), 7, precision="fp32")
    assert found["packages"]["torch"] == torch.__version__.split("+")[0] or "torch" in found["packages"]
    assert (found["seed"], found["device"], found["precision"]) == (7, "cpu", "fp32")
    assert platform.node() not in as_json(found)
