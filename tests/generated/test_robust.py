"""Whatever comes in, the answer is a status and words: no traceback, not 2 seconds, not 300 MB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 2.0
MEGABYTES = 300


def check(folder: Path, first: int, count: int) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "tests.generated.battering", str(first), str(count)]
    done = subprocess.run(command, cwd=folder, env=env, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    found = json.loads(done.stdout)
    assert found["wrong"] == []
    assert found["slowest"][0] <= SECONDS, found
    assert found["megabytes"] <= MEGABYTES, found
    assert found["statuses"]["1"] > count / 2
    assert [path.stem for path in folder.iterdir() if path.stem != "case"] == []


def test_2000_inputs(tmp_path: Path) -> None:
    check(tmp_path, 1_000_000, 2_000)


@pytest.mark.nightly
@pytest.mark.parametrize("batch", range(20))
def test_50000_inputs(batch: int, tmp_path: Path) -> None:
    check(tmp_path, batch * 2_500, 2_500)
