"""A worker that dies ends the run as a fault of the world, named, with its last weights, wherever the news
comes."""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archc.cli import main
from archc.data import workers
from archc.files.errors import WorldError
from archc.weights.files import read_weights
from tests.training.tiny_runs import folder_spec, lines_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")
TRAIN = ["train", "s.toml", "--run", "r", "--quiet", "--device", "cpu"]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_spec(tmp_path / "s.toml", epochs=4, workers=2)
    monkeypatch.chdir(tmp_path)


def kill(count: int | None) -> None:
    """Kill so many of the workers, or all, and wait until the system has told of it."""
    for child in multiprocessing.active_children()[:count]:
        os.kill(child.pid or 0, signal.SIGKILL)
        os.waitid(os.P_PID, child.pid or 0, os.WEXITED | os.WNOWAIT)


def killing(count: int | None, *, at: int, then: Callable[..., Any]) -> Callable[..., Any]:
    calls = iter(range(1_000_000))

    def called(*args: Any, **options: Any) -> Any:
        if next(calls) == at:
            kill(count)
        return then(*args, **options)

    return called


@pytest.mark.parametrize("count", [1, None])
@pytest.mark.parametrize(
    ("module", "name", "at"),
    [
        ("loop", "seed_dropout", 0),  # in the first step
        ("loop", "seed_dropout", 6),  # in a step of the second epoch, when both loaders' workers run
        ("loop", "evaluate", 0),  # before the second loader's are started
        ("loop", "evaluate", 1),  # while it is measured
        ("fit", "save_weights", 0),  # while weights are written
    ],
)
def test_wherever_the_news_comes(
    count: int | None,
    module: str,
    name: str,
    at: int,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    where = importlib.import_module(f"archc.training.{module}")
    monkeypatch.setattr(where, name, killing(count, at=at, then=getattr(where, name)))
    assert main(TRAIN) == 2
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 2
    assert "killed (signal 9): perhaps memory ran out" in said[0]
    assert "train.workers lower" in said[1]
    assert read_weights(Path("r/last.safetensors"))
    assert lines_of(Path("r/steps.jsonl"))
    gc.collect()
    assert multiprocessing.active_children() == []


def test_in_evaluate(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    evaluate = importlib.import_module("archc.training.evaluate")

    assert main(TRAIN) == 0
    capfd.readouterr()
    monkeypatch.setattr(evaluate, "_add", killing(None, at=0, then=evaluate._add))
    assert main(["evaluate", "r", "--device", "cpu"]) in (0, 2)  # all batches may have been there
    said = capfd.readouterr().err
    assert said == "" or "killed (signal 9)" in said


def test_a_crashed_worker_is_told_from_a_killed_one() -> None:
    assert "decoder" in workers._death(-signal.SIGSEGV, 1).message
    assert "/dev/shm" in workers._death(-signal.SIGBUS, 1).message
    assert "2 data workers were killed" in workers._death(-9, 2).message


def test_few_descriptors_are_told_before_the_first_step(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda _: (20, 20))
    assert main(TRAIN) == 2
    said = capfd.readouterr().err
    assert "20 files may be open at once, 4 data workers need" in said
    assert "set train.workers = 0" in said
    assert not Path("r").exists()
    assert main([*TRAIN, "--set", "train.workers=0"]) == 0


@pytest.mark.parametrize(("free", "flag", "told"), [(4, 0, "0.0 MB left"), (1 << 20, 1, "read-only")])
def test_shared_memory_is_looked_at(
    free: int,
    flag: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    class Found:
        f_bavail, f_frsize, f_flag = free, 1, flag

    monkeypatch.setattr(workers.os, "statvfs", lambda _: Found)
    assert main(TRAIN) == 2
    said = capfd.readouterr().err
    assert told in said
    assert "train.workers" in said
    assert not Path("r").exists()


def test_a_batch_that_cannot_be_shared_is_told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from archc.data import batches

    class Unshared:
        def __reduce__(self) -> Any:
            raise RuntimeError("unable to allocate shared memory(shm): No space left on device (28)")

    monkeypatch.setattr(batches, "collated", lambda items: Unshared())
    assert main(TRAIN) == 2
    said = capfd.readouterr().err
    assert said.startswith("error: data workers cannot share memory: /dev/shm is full")
    assert len(said.splitlines()) == 2


def test_semaphores_that_cannot_be_made_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    crew = workers.Crew()
    with pytest.raises(WorldError, match="/dev/shm is full or read-only"), crew.starting(1, 1):
        raise OSError(28, "No space left on device")
    with pytest.raises(WorldError, match="cannot start data workers"), workers.Crew().starting(1, 1):
        raise OSError(11, "Resource temporarily unavailable")


@pytest.mark.parametrize("count", [257, 10_000, 2**31 - 1])
def test_no_spec_asks_for_thousands(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "s.toml", "--set", f"train.workers={count}"]) == 1
    assert "256" in capsys.readouterr().out


def test_more_than_the_machine_bears_are_not_started(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workers, "cores", lambda: 1)
    monkeypatch.setattr(workers, "MOST_PER_CORE", 2)
    assert main([*TRAIN[:4], "--device", "cpu", "--set", "train.workers=200"]) == 0
    assert "train.workers = 200: 2 are started" in capfd.readouterr().err
