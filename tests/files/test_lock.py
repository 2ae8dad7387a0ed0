"""One holder at a time, across processes, and a dead holder holds nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from archc.files.errors import WorldError
from archc.files.lock import locked

HOLD = """
import sys, pathlib
from archc.files.lock import locked
with locked(pathlib.Path(sys.argv[1]), waiting=None):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_second_process_is_refused_or_waits_and_death_frees(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == b"held"
    with pytest.raises(WorldError, match="another process"), locked(path, waiting=None):
        pass
    waits: list[None] = []

    def waiting() -> None:
        waits.append(None)
        holder.kill()

    with locked(path, waiting=waiting):
        assert waits
    holder.communicate()


def test_freed_after_the_block_and_after_a_failure(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError, match="x"), locked(tmp_path / "lock", waiting=None):
            raise RuntimeError("x")
    with pytest.raises(WorldError, match="cannot lock"), locked(tmp_path / "no" / "lock", waiting=None):
        pass
