"""The blocks of docs/python.md run, one after the other, in a process of their own."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.docs.blocks import blocks

FreshPython = Callable[..., subprocess.CompletedProcess[str]]
SMALL = """
archc = 1
name = "digits"
[input]
size = [32, 32]
channels = 1
[model]
kind = "classifier"
[model.body]
[[model.body.stages]]
name = "stem"
layers = [{ op = "conv2d", out_channels = 8, kernel_size = 3, stride = 4 }, { op = "relu" }]
[model.head]
hidden = []
[data]
kind = "digits"
[train]
batch_size = 256
workers = 0
[[train.phases]]
epochs = 5
lr = 1e-2
[export]
preprocess = true
postprocess = "softmax"
"""


def test_the_blocks_run_as_they_are_written(fresh_python: FreshPython, root: Path, tmp_path: Path) -> None:
    """The spec is a small one under the name of the page's, so that an epoch takes a second."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "digits.toml").write_text(SMALL)
    python = [block for block in blocks(root / "docs" / "python.md") if block.language == "python"]
    assert len(python) >= 6
    script = tmp_path / "page.py"
    script.write_text("\n".join(block.text for block in python))
    done = fresh_python(str(script))
    assert done.returncode == 0, done.stderr
    assert "head.0" in done.stdout
    assert "error[ARC" in done.stdout
    assert (tmp_path / "runs" / "x" / "digits.onnx").is_file()
