"""Texts that were made to cost time or memory are answered in a second, in little memory and few words."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.bombs import BOMBS

ROOT = Path(__file__).parents[2]
SECONDS = 3.0
"""CPU seconds that a text may cost here: one on a machine of its own, more on one that others use as well."""
MEGABYTES = 150
BYTES = 8 * 1024
MACHINES = ("json", "github", "sarif")
MACHINES_BYTES = 64 * 1024
"""What programs read has more words to a diagnostic, and as few diagnostics."""
FINE = {"blocks", "regex-nested", "regex-backtracking"}
"""What is no fault, and cheap: RE2 matches in linear time."""


def answers(folder: Path, look: str, *names: str) -> list[dict[str, Any]]:
    """What came of bombs, each in a process of its own."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", "FORMATS": look}
    command = [sys.executable, "-m", "tests.hostile.driver", *names]
    done = subprocess.run(command, cwd=folder, env=env, text=True, capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def in_full(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return answers(tmp_path_factory.mktemp("bombs"), "full")


def test_there_are_a_hundred() -> None:
    assert len(BOMBS) >= 100
    assert all(len(text.encode(errors="replace")) <= 1_000_000 for text in BOMBS.values())


def test_each_is_answered(in_full: list[dict[str, Any]]) -> None:
    """Without the size, depth or value limits of `source/limits.py` the parsers are ended here; without
    the count in `Builder.add`, or the layer that `repeat` must hold, the nested repetitions."""
    assert len(in_full) == len(BOMBS)
    wrong = {a["name"]: a["status"] for a in in_full if a["status"] != (0 if a["name"] in FINE else 1)}
    assert wrong == {}


def test_in_a_second(in_full: list[dict[str, Any]]) -> None:
    """Without `_require_few`, `_too_many_sizes`, `dims.MOST_ATOMS`, `suggest._WORK` or `structure._MANY`
    some of these take minutes."""
    slow = {a["name"]: a["seconds"] for a in in_full if a["seconds"] > SECONDS}
    assert slow == {}


def test_in_little_memory(in_full: list[dict[str, Any]]) -> None:
    """Without `endless` and the limits on a text, some of these take gigabytes."""
    large = {a["name"]: a["megabytes"] for a in in_full if a["megabytes"] > MEGABYTES}
    assert large == {}


def test_in_few_words(in_full: list[dict[str, Any]]) -> None:
    """Without `render.BYTES` and `placing.MOST` a file of 250 KB is answered with megabytes."""
    for answer in in_full:
        said = answer["said"]
        assert len(said.encode()) <= BYTES, answer["name"]
        assert len(re.findall(r"^(?:error|warning)\[", said, re.MULTILINE)) <= 20, answer["name"]


@pytest.mark.parametrize("look", ["concise", *MACHINES])
def test_in_few_words_in_every_format(look: str, tmp_path: Path) -> None:
    """Without `placing.SENTENCE`, and what `render_json` clips of a path, a key of 200 KB is said in full."""
    names = ("json-long-key", "json-long-path", "unknown-keys", "layers-unknown", "circle", "string-escapes")
    for answer in answers(tmp_path, look, *names):
        assert answer["status"] == 1
        assert len(answer["said"].encode()) <= (MACHINES_BYTES if look in MACHINES else BYTES), answer["name"]


def test_a_command_that_builds_refuses_as_soon(tmp_path: Path) -> None:
    """`build`, `train` and `export` compile first; the first two import no tensor library before."""
    for command in (["build"], ["train", "--run", "run"], ["export", "--onnx", "x.onnx"]):
        for name in ("repeats-nested", "picture", "widths"):
            path = tmp_path / f"{name}.json"
            path.write_text(BOMBS[name])
            script = (
                "import sys; from archc.cli import main\n"
                f"status = main({[*command[:1], str(path), *command[1:]]!r})\n"
                f"sys.exit(status if {command[0]!r} == 'export' or 'torch' not in sys.modules else 9)"
            )
            env = os.environ | {"PYTHONPATH": str(ROOT)}
            done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True)
            assert done.returncode == 1, (command, name, done.stderr)
            assert done.stderr.startswith(b"error[ARC35")
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json"] * 3
