"""Signals end a run after the step that they come in: weights whole, one line, the status shells know."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from archc.cli import main
from archc.files.safetensors_header import read_header
from archc.files.signals import SIGNALS, Stop, Stopped, listening
from archc.run.manifest import manifest_text, read_manifest
from archc.weights.files import read_weights
from tests.training.tiny_runs import digits_spec, folder_spec, lines_of

KINDS = pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
TRAIN = ["train", "s.toml", "--run", "r", "--quiet", "--device", "cpu"]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    digits_spec(tmp_path / "s.toml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def raising(number: int, *, at: int, then: Callable[..., Any]) -> Callable[..., Any]:
    """A function that sends the process a signal in its call `at`, and goes on as `then`."""
    calls = iter(range(1_000_000))

    def called(*args: Any, **options: Any) -> Any:
        if next(calls) == at:
            signal.raise_signal(number)
        return then(*args, **options)

    return called


@KINDS
def test_the_step_is_finished_and_its_weights_are_kept(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from archc.training import loop

    monkeypatch.setattr(loop, "seed_dropout", raising(number, at=30, then=loop.seed_dropout))
    assert main(TRAIN) == 128 + number
    said = capsys.readouterr().err.splitlines()
    where = "in epoch 2 of 3: `r/last.safetensors` has the weights of its last step"
    assert said == [f"stopped by {number.name} {where}"]
    assert lines_of(Path("r/steps.jsonl"))[-1]["step"] == 30
    assert json.loads(Path("r/ended.json").read_text())["cause"] == number.name
    assert read_weights(Path("r/last.safetensors"))
    assert not Path("r/metrics.json").exists()
    for command in (["export", "r", "--onnx", "m.onnx", "--quiet"], ["evaluate", "r", "--device", "cpu"]):
        assert main(command) == 0
        told = capsys.readouterr().err.splitlines()
        assert told[0] == (
            f"warning: `r` was stopped by {number.name} in epoch 2 of 3:"
            " these are the weights of its best epoch so far"
        )
        assert len(told) == 1


def test_the_last_weights_are_those_after_the_last_step(monkeypatch: pytest.MonkeyPatch) -> None:
    from archc.training import loop

    assert main(["train", "s.toml", "--run", "whole", "--quiet", "--set", "train.phases.0.epochs=1"]) == 0
    flags = ["--set", "train.phases.0.epochs=1"]
    monkeypatch.setattr(loop, "seed_dropout", raising(signal.SIGTERM, at=21, then=loop.seed_dropout))
    assert main([*TRAIN, *flags]) == 143  # in the epoch's last step: it is not measured any more
    whole, stopped = (read_weights(Path(run, "last.safetensors")) for run in ("whole", "r"))
    assert all(torch.equal(whole[name], stopped[name]) for name in whole)


@KINDS
def test_a_signal_while_it_is_measured(number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    from archc.training import loop

    monkeypatch.setattr(loop, "evaluate", raising(number, at=1, then=loop.evaluate))
    assert main(TRAIN) == 128 + number
    assert len(lines_of(Path("r/epochs.jsonl"))) == 1
    assert lines_of(Path("r/steps.jsonl"))[-1]["step"] == 43
    assert read_weights(Path("r/last.safetensors"))


@KINDS
def test_signals_while_weights_are_written_tear_nothing(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from archc.weights import files as weights

    fit = importlib.import_module("archc.training.fit")

    each = [raising(n, at=0, then=lambda: None) for n in SIGNALS]

    def saved(*args: Any, **options: Any) -> None:
        signal.raise_signal(number)
        with pytest.MonkeyPatch.context() as inner:

            def halfway(tensor: Any) -> Any:
                for send in each:
                    send()
                return bytes_of(tensor)

            bytes_of = weights._bytes
            inner.setattr(weights, "_bytes", halfway)
            weights.save_weights(*args, **options)

    monkeypatch.setattr(fit, "save_weights", saved)
    assert main(TRAIN) == 128 + number
    assert len(capsys.readouterr().err.splitlines()) == 1
    for name in ("weights.safetensors", "last.safetensors"):
        assert read_header(Path("r", name)).metadata["archc.spec"]
        assert read_weights(Path("r", name))
    assert [p.name for p in Path("r").iterdir() if p.name.startswith(".")] == []


@KINDS
def test_before_the_first_step_nothing_stays(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fit = importlib.import_module("archc.training.fit")

    monkeypatch.setattr(fit, "make_course", raising(number, at=0, then=fit.make_course))
    assert main(TRAIN) == 128 + number
    said = capsys.readouterr().err
    assert said == f"stopped by {number.name} before the first step: nothing is kept\n"
    assert [p.name for p in Path().iterdir()] == ["s.toml"]


def test_stopped_before_the_first_measurement_the_last_weights_are_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from archc.training import loop

    monkeypatch.setattr(loop, "seed_dropout", raising(signal.SIGTERM, at=2, then=loop.seed_dropout))
    assert main(TRAIN) == 143
    assert not Path("r/weights.safetensors").exists()
    capsys.readouterr()
    assert main(["export", "r", "--onnx", "m.onnx", "--quiet"]) == 0
    assert "in epoch 1 of 3: these are the weights of its last step" in capsys.readouterr().err
    Path("r/last.safetensors").unlink()
    assert main(["export", "r", "--onnx", "m.onnx", "--quiet"]) == 2


def test_a_run_that_was_killed_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(TRAIN) == 0
    Path("r/metrics.json").unlink()
    listed = read_manifest(Path("r")).files  # a run that is killed does not list what grows
    kept = {name: facts for name, facts in listed.items() if name.endswith((".toml", "tensors", "n"))}
    kept.pop("metrics.json")
    Path("r/manifest.json").write_text(manifest_text(kept, {}))
    text = Path("r/steps.jsonl").read_text()
    Path("r/steps.jsonl").write_text(text[: len(text) // 2])  # cut in a line
    capsys.readouterr()
    assert main(["evaluate", "r", "--device", "cpu"]) == 0
    assert "was killed, or is still running, in epoch 2 of 3" in capsys.readouterr().err
    Path("r/ended.json").write_text("{")
    assert main(["evaluate", "r", "--device", "cpu"]) == 0
    assert "did not finish" in capsys.readouterr().err


def test_an_ignored_signal_stays_ignored() -> None:
    earlier = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with listening():
            signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, earlier)


def test_handlers_are_given_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with listening() as stop, stop.keeping():
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Stopped), stop.waiting():
            pytest.fail("the signal came before the wait")
    assert [signal.getsignal(number) for number in SIGNALS] == before
    with listening() as stop:
        stop.check()


def test_the_first_of_several_signals_is_the_one_that_is_told() -> None:
    stop = Stop()
    with stop.keeping():
        stop.hear(signal.SIGHUP, None)
        stop.hear(signal.SIGTERM, None)
        with pytest.raises(Stopped, match="SIGHUP") as caught:
            stop.check()
    assert caught.value.status == 129


START = """
import os, signal, sys
from archc.__main__ import main
import archc.cli.train
def compiled(arguments):
    import archc.data
    os.kill(os.getpid(), {number})
archc.cli.train.compiled = compiled
sys.argv = ["archc", "train", "s.toml", "--run", "r"]
sys.exit(main())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT])
def test_while_it_starts_the_process_leaves_at_once(number: signal.Signals, tmp_path: Path) -> None:
    code = START.format(number=int(number)).replace("import archc.data\n", "\n")
    made = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    said = f"stopped by {number.name} before the first step: nothing is kept\n"
    assert (made.returncode, made.stdout, made.stderr) == (128 + number, "", said)
    assert [p.name for p in tmp_path.iterdir()] == ["s.toml"]


def test_with_workers_that_leave_signals_to_the_main_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import multiprocessing

    from archc.training import loop

    (tmp_path / "p").mkdir()
    folder_spec(tmp_path / "p" / "s.toml", workers=2)
    monkeypatch.chdir(tmp_path / "p")

    def to_all(*args: Any) -> None:
        for child in multiprocessing.active_children():
            for number in SIGNALS:
                os.kill(child.pid or 0, number)
        step(*args)

    step = loop.seed_dropout
    monkeypatch.setattr(loop, "seed_dropout", to_all)
    assert main(TRAIN) == 0
    assert capfd.readouterr().err == ""
