"""Signals and killed workers at random moments, by the hundred (nightly).

Most trials are forked from a parent that has imported torch and archc, so that a moment of the run is struck
and not the import; some are processes of their own, struck while they start as well.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from archc.files.safetensors_header import read_header
from archc.weights.files import read_weights
from tests.training.tiny_runs import digits_spec, folder_spec, lines_of

pytestmark = [pytest.mark.nightly, pytest.mark.skipif(sys.platform != "linux", reason="forks trials")]

KINDS = [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT]
FORKED, WHOLE = 90, 10


class Ended(NamedTuple):
    """How a trial ended: its status as shells have it, and what it said."""

    status: int
    said: str


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """Import in the parent what a training imports: children are forked with it."""
    import sklearn.datasets
    import torch

    sklearn.datasets.load_digits()
    torch.set_num_threads(1)


def forked(arguments: list[str], strike: Callable[[int], None]) -> Ended:
    """Run `archc` in a fork, `strike` it by its process number, and wait for its end."""
    log = Path("log")
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        status = 70
        try:
            os.setsid()
            descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o666)
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
            sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
            sys.stderr = open(2, "w", closefd=False, buffering=1)  # noqa: SIM115
            sys.argv = ["archc", *arguments]
            for number in KINDS:
                signal.signal(
                    number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler
                )
            from archc.__main__ import main

            status = main()
            sys.stdout.flush()
        finally:
            os._exit(status)
    strike(child)
    _, found = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(found)
    return Ended(code if code >= 0 else 128 - code, log.read_text())


def whole(arguments: list[str], strike: Callable[[int], None]) -> Ended:
    """The same in a process of its own."""
    with open("log", "w") as log:  # noqa: PTH123
        made = subprocess.Popen([sys.executable, "-m", "archc", *arguments], stdout=log, stderr=log)
        strike(made.pid)
        code = made.wait()
    return Ended(code if code >= 0 else 128 - code, Path("log").read_text())


def after(seconds: float, *numbers: int, group: bool = False, stepped: bool = False) -> Callable[[int], None]:
    """Send signals after some seconds, one behind the other; `stepped` counts them from the first step."""

    def strike(child: int) -> None:
        limit, steps = time.monotonic() + 120, Path("r/steps.jsonl")
        while stepped and time.monotonic() < limit and not (steps.exists() and steps.stat().st_size):
            time.sleep(0.005)
        time.sleep(seconds)
        for number in numbers:
            try:
                os.killpg(child, number) if group else os.kill(child, number)
            except ProcessLookupError:
                return
            time.sleep(random.random() * 0.01)

    return strike


def whole_files(run: Path) -> bool:
    """Whether all that lies in a run is whole; that there are weights where a step was taken is checked."""
    if not run.exists():
        return False
    for path in run.iterdir():
        assert not path.name.startswith("."), path
        if path.suffix == ".safetensors":
            assert read_header(path).metadata["archc.spec"]
            read_weights(path)
        elif path.suffix == ".json":
            json.loads(path.read_text())
        elif path.suffix == ".jsonl":
            lines_of(path)
    assert lines_of(run / "steps.jsonl")
    assert (run / "last.safetensors").exists()
    return True


def judged(ended: Ended, sent: list[int]) -> str:
    """What a trial showed; anything wrong raises."""
    run = Path("r")
    assert "Traceback" not in ended.said, ended.said
    assert "Exception" not in ended.said, ended.said
    kept = whole_files(run)
    lines = [line for line in ended.said.splitlines() if line.startswith("stopped by")]
    if (run / "metrics.json").exists():
        assert ended.status in (0, *(128 + number for number in sent)), ended
        return "finished first"
    number = ended.status - 128  # of two that come at once, the system says which was first
    assert number in sent, ended
    if not lines:  # the interpreter itself had not begun
        assert not kept
        assert not ended.said
        return "before archc began"
    assert len(lines) == 1
    assert lines[0].startswith(f"stopped by {signal.Signals(number).name} ")
    return "stopped in the run" if kept else "stopped before a step"


def exported() -> None:
    """Export the run that a trial left."""
    ended = forked(["export", "r", "--onnx", "m.onnx", "--quiet"], lambda _: None)
    assert ended.status == 0, ended
    assert "warning: `r` was stopped" in ended.said


def clean() -> None:
    import shutil

    shutil.rmtree("r", ignore_errors=True)


@pytest.mark.parametrize("number", KINDS, ids=lambda number: number.name)
def test_a_hundred_signals(number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    digits_spec(Path("s.toml"), epochs=150)
    chance = random.Random(int(number))
    arguments = ["train", "s.toml", "--run", "r", "--device", "cpu"]
    seen: Counter[str] = Counter()
    for trial in range(FORKED + WHOLE):
        clean()
        run, span = (forked, 1.0) if trial < FORKED else (whole, 8.0)
        stepped = trial % 3 != 1  # the others strike while it starts
        twice = [number, chance.choice(KINDS)] if trial % 4 == 0 else [number]
        ended = run(
            arguments,
            after(chance.random() * span, *twice, group=run is forked and trial % 2 == 0, stepped=stepped),
        )
        seen[shown := judged(ended, twice)] += 1
        if shown == "stopped in the run" and trial % 5 == 0:
            exported()
            seen["exported"] += 1
    print(f"\n{number.name}: {dict(seen)}")
    assert seen["stopped in the run"] >= 20


def test_a_hundred_killed_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder_spec(Path("s.toml"), epochs=200, workers=2)
    chance = random.Random(7)
    seen: Counter[str] = Counter()

    def strike(child: int) -> None:
        limit, moment = time.monotonic() + 60, chance.random()
        tasks = Path(f"/proc/{child}/task/{child}/children")
        while time.monotonic() < limit:  # until both workers are there
            try:
                workers = [int(word) for word in tasks.read_text().split()]
            except FileNotFoundError:
                return
            if len(workers) > 1:  # a single one is a passing helper of the standard library
                break
            time.sleep(0.002)
        time.sleep(moment)
        try:
            workers = [int(word) for word in tasks.read_text().split()]
        except FileNotFoundError:
            return
        for worker in workers if chance.random() < 0.3 else workers[: chance.choice((1, 2))]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)

    arguments = ["train", "s.toml", "--run", "r", "--device", "cpu"]
    for trial in range(100):
        clean()
        ended = (forked if trial < FORKED else whole)(arguments, strike)
        assert "Traceback" not in ended.said, ended.said
        kept = whole_files(Path("r"))
        if Path("r/metrics.json").exists():
            assert ended.status == 0, ended
            seen["finished first"] += 1
            continue
        assert ended.status == 2, ended
        assert "killed (signal 9)" in ended.said, ended
        seen["named, weights kept" if kept else "named, before a step"] += 1
    print(f"\nkilled workers: {dict(seen)}")
    assert seen["named, weights kept"] >= 40
