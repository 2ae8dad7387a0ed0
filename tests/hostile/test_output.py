"""Nothing from a spec reaches a terminal or a CI runner's log as anything but text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archc.cli import main

ROOT = Path(__file__).parents[2]
LOOKS = ("full", "concise", "json", "github", "sarif")
NASTY = (
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\n::error file=x::pwned",
    "\r::set-output name=x::y",
    "\n##[command]rm",
    "\u202eevil",
    "\u2028::warning::",
    "\u200b\u2066",
    "\0\x08\x7f",
    "%0A::error::x",
    "a" * 5_000,
    "\ud800",
    "](javascript:alert(1))",
    "{0}{1}",
)


def specs(nasty: str) -> list[Any]:
    """Documents with a string in every place that a message may quote."""
    body = {"ref": "torchvision/resnet18"}
    model = {"kind": "classifier", "classes": 2, "body": body}
    good = {"archc": 1, "input": {"size": [64, 64]}, "model": model}
    digits = {"kind": "digits"}
    return [
        {**good, nasty: 1},
        {**good, "name": nasty},
        {**good, "model": {**model, "kind": nasty}},
        {**good, "model": {**model, "body": {"ref": nasty}}},
        {**good, "model": {**model, "body": {**body, "cut": nasty, "weights": nasty}}},
        {**good, "model": {**model, "body": {**body, nasty: nasty}}},
        {**good, "model": {**model, "head": {"layers": [{"op": nasty}, {nasty: 1}]}}},
        {**good, "inputs": {nasty: {"size": [64, 64]}}},
        {**good, "data": {"kind": "image_folder", "root": nasty, "classes": [nasty, nasty]}},
        {
            **good,
            "data": {"kind": "image_regex", "root": "x", "label": f"(?P<label>{nasty}", "images": nasty},
        },
        {**good, "data": digits, "train": {"phases": [{"epochs": 1, "train": [nasty]}]}},
        {
            **good,
            "data": digits,
            "train": {"groups": [{"name": nasty, "match": [nasty]}], "phases": [{"epochs": 1}]},
        },
        {**good, "expect": {"output": [nasty], "outputs": {nasty: ["N"]}}},
        {**good, "losses": {nasty: {"kind": "mse"}}},
        {
            **good,
            "model": {
                "kind": "graph",
                "nodes": [{"name": nasty, "from": nasty, "use": nasty}],
                "outputs": {nasty: nasty},
            },
        },
        {
            **good,
            "model": {
                "kind": "graph",
                "modules": {nasty: {}},
                "nodes": [{"name": "a", "from": nasty, "op": {"op": "relu"}}],
                "outputs": {"o": "a"},
            },
        },
        {nasty: nasty},
    ]


@pytest.mark.parametrize("nasty", NASTY, ids=lambda nasty: ascii(nasty)[:20])
@pytest.mark.parametrize("look", LOOKS)
def test_nothing_is_written_raw(
    nasty: str, look: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without `escaped` in `placing.sentence` and `_data` in `render_github` lines get through."""
    for index, written in enumerate(specs(nasty)):
        path = tmp_path / f"{index}.json"
        path.write_text(json.dumps(written), "utf-8")
        assert main(["validate", "--format", look, str(path)]) in (0, 1)
        said, told = capsys.readouterr()
        assert all(c.isprintable() or c == "\n" for c in said + told), (index, said)
        lines = said.splitlines()
        commands = [line for line in lines if line.lstrip().startswith(("::", "##["))]
        assert look == "github" or commands == []
        assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in commands)
        if look in ("json", "sarif"):
            json.loads(said)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_terminal_can_show_it(encoding: str, tmp_path: Path) -> None:
    """Without `_write_anything` a name that the terminal's encoding lacks ends in a traceback."""
    path = tmp_path / "é漢.json"
    path.write_text(json.dumps({"archc": 1, "漢字": 1}), "utf-8")
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-m", "archc", "validate", str(path)], env=env, capture_output=True
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"ARC101" in done.stdout


def test_a_name_that_is_no_unicode(tmp_path: Path) -> None:
    """Names of files are bytes; those that are no UTF-8 are shown escaped."""
    path = os.fsencode(tmp_path) + b"/\xff\x1b[31m.toml"
    Path(os.fsdecode(path)).write_text("archc = 1\nx = 1\n")
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    for look in LOOKS:
        command = [sys.executable, "-m", "archc", "validate", "--format", look, path]
        done = subprocess.run(command, env=env, capture_output=True)
        assert done.returncode == 1, done.stderr
        assert b"\x1b" not in done.stdout + done.stderr
