"""Commands timed in turns: every round runs each of them once, so that load on the machine hits all alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent


class Spent(NamedTuple):
    """Seconds of wall clock and of CPU (user and system) that something took, and the most bytes it held."""

    wall: float
    cpu: float
    peak: float = 0.0


def run(command: Sequence[str], env: Mapping[str, str]) -> Spent:
    """What one run of a command takes; raises where it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall, process.returncode = time.perf_counter() - start, os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    unit = 1 if sys.platform == "darwin" else 1024
    return Spent(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit)


def in_turns(
    commands: Mapping[str, Sequence[str]], rounds: int, env: Mapping[str, str]
) -> dict[str, list[Spent]]:
    """Return what each command took in each round, after one round that is not counted."""
    spent: dict[str, list[Spent]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            took = run(command, env)
            if turn:
                spent[name].append(took)
    return spent


def environments(cache: Path) -> dict[str, dict[str, str]]:
    """Two states of Python's bytecode: kept in `cache`, as installed packages have it, or compiled each time.

    `cache` has to be empty at first, and nothing else may have compiled what is measured.
    """
    clean = {
        k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
    }
    clean |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return {
        "warm bytecode": clean | {"PYTHONPYCACHEPREFIX": str(cache)},
        "no bytecode": clean | {"PYTHONPYCACHEPREFIX": str(cache / "never"), "PYTHONDONTWRITEBYTECODE": "1"},
    }


def median(spent: Sequence[Spent]) -> Spent:
    """The medians of wall clock, CPU and memory."""
    return Spent(*(statistics.median(column) for column in zip(*spent, strict=True)))


def table(spent: Mapping[str, Sequence[Spent]], against: str) -> str:
    """Medians in milliseconds, and their ratio to those of `against`."""
    one = median(spent[against])
    lines = [f"  {'':44}  {'wall ms':>9}  {'ratio':>6}  {'CPU ms':>9}  {'ratio':>6}  {'peak MB':>8}"]
    for name, taken in spent.items():
        wall, cpu, peak = median(taken)
        times = f"{wall * 1e3:9.1f}  {wall / one.wall:6.2f}  {cpu * 1e3:9.1f}  {cpu / one.cpu:6.2f}"
        lines.append(f"  {name:44}  {times}  {peak / 1e6:8.1f}")
    return "\n".join(lines)


def repeated(work: Callable[[], object], rounds: int) -> Spent:
    """The medians of one run of `work` in this process, after one run that is not counted."""
    work()
    spent = []
    for _ in range(rounds):
        start, cpu = time.perf_counter(), time.process_time()
        work()
        spent.append(Spent(time.perf_counter() - start, time.process_time() - cpu))
    return median(spent)


def python(*arguments: str) -> tuple[str, ...]:
    """A command of this interpreter."""
    return (sys.executable, *arguments)
