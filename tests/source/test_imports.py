"""Reading and loading stay light: what they may not bring along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FRONT = (
    "from archc.source.document.document import read_text\n"
    "import archc.source.document.load, archc.source.render.text\n"
)


@pytest.mark.parametrize(
    ("does", "without"),
    [
        (
            FRONT,
            {
                "tomli",
                "json",
                "pydantic",
                "pydantic_core",
                "difflib",
                "unicodedata",
                "archc.source.diagnostics.codes",
            },
        ),
        (FRONT + "read_text('a = 1', 'x')", {"json", "pydantic", "pydantic_core", "difflib", "unicodedata"}),
        (FRONT + "read_text('{}', 'x', 'json')", {"tomli", "pydantic", "pydantic_core", "difflib"}),
    ],
)
def test_modules_left_out(does: str, without: set[str]) -> None:
    script = f"{does}\nimport sys; print(*sys.modules)"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not without & set(done.stdout.split())
    assert not {"torch", "numpy", "onnx"} & set(done.stdout.split())
