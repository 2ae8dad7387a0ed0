"""`archc predict` on hostile ONNX files: bounded in time and memory; one escaped line, or a right output."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hostile.onnx_bombs import FAMILIES, hostile, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="time and memory are limited on Linux alone")

SECONDS = 20
MEGABYTES = 3_500


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str
    seconds: float
    megabytes: float


def predicted(path: Path, root: Path, *flags: str) -> Outcome:
    """What comes of `archc predict` on a file and `a.png` beside it, its children's memory included."""
    command = [sys.executable, "-m", "archc", "predict", path.name, "a.png", "--modified", *flags]
    env = os.environ | {"PYTHONPATH": str(root)}
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=path.parent,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    ) as process:
        guard = threading.Timer(4 * SECONDS, process.kill)
        guard.start()
        assert process.stdout
        assert process.stderr
        out, err = process.stdout.read(), process.stderr.read()
        _, ended, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(ended)
        guard.cancel()
    seconds = time.perf_counter() - start
    return Outcome(process.returncode, out.decode(), err.decode(), seconds, usage.ru_maxrss / 1024)


def fault(found: Outcome, seconds: float = SECONDS) -> str | None:
    """Where an outcome is none of those that are right."""
    lines = (found.out + found.err).splitlines()
    if not all(line.isprintable() for line in lines) or "Traceback" in found.err:
        return f"unescaped: {found.err[-600:]}"
    if found.seconds > seconds or found.megabytes > MEGABYTES:
        return f"{found.seconds:.1f} s, {found.megabytes:.0f} MB"
    if found.status == 2:
        first, *rest = found.err.splitlines() or [""]
        fine = first.startswith("error: ") and len(first) < 1_500 and not found.out
        return (
            None
            if fine and all(line.startswith("  = help: ") for line in rest)
            else f"said: {found.err[-600:]}"
        )
    if found.status != 0 or found.err or not found.out.startswith("a.png: "):
        return f"status {found.status}: {found.out[-300:]} {found.err[-300:]}"
    numbers = [
        float(n) for n in re.findall(r"(?<![\w.])(?:nan|inf|-?\d+\.?\d*(?:e[+-]?\d+)?)(?![\w.])", found.out)
    ]
    return None if all(map(math.isfinite, numbers)) else f"not finite: {found.out}"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_a_file_of_each_family(family: type, tmp_path: Path, root: Path) -> None:
    write_image(tmp_path)
    for seed in range(2 if family.__name__ in TWICE else 1):
        path = tmp_path / f"{seed}.onnx"
        path.write_bytes(hostile(family, seed))
        found = predicted(path, root, "--max-seconds", "3")
        assert fault(found) is None, (seed, fault(found))


TWICE = {"loop", "other_operators", "external", "not_finite", "names", "versions", "lies", "shapes", "damage"}


def write_image(folder: Path) -> None:
    write(folder, 0)


@pytest.mark.nightly
def test_three_hundred_files(tmp_path: Path, root: Path) -> None:
    """Ten of each family at the limits that nobody asked for."""
    paths = write(tmp_path, 10)
    assert len(paths) >= 300
    found = {path.name: predicted(path, root) for path in paths}
    wrong = {name: said for name, one in found.items() if (said := fault(one)) is not None}
    print(
        f"{len(found)} files, {sum(one.status == 2 for one in found.values())} refused, {len(wrong)} wrong,"
        f" at most {max(one.seconds for one in found.values()):.1f} s"
        f" and {max(one.megabytes for one in found.values()):.0f} MB"
    )
    assert not wrong


@pytest.mark.parametrize(
    "found",
    [
        Outcome(2, "", "error: a\n::error::b\n", 1, 1),
        Outcome(2, "", "error: \x1b[31m\n", 1, 1),
        Outcome(2, "", "", 1, 1),
        Outcome(2, "", "Traceback (most recent call last):\n", 1, 1),
        Outcome(0, "a.png:  numbers: nan\n", "", 1, 1),
        Outcome(0, "a.png: 2 numbers: 1 -inf\n", "", 1, 1),
        Outcome(0, "a.png:  numbers: 1\n", "", SECONDS + 1, 1),
        Outcome(0, "a.png:  numbers: 1\n", "", 1, MEGABYTES + 1),
        Outcome(-9, "", "", 1, 1),
        Outcome(1, "", "error: a\n", 1, 1),
    ],
)
def test_what_is_wrong_is_seen(found: Outcome) -> None:
    assert fault(found) is not None
