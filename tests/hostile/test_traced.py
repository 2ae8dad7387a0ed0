"""Commands under `strace` on an empty home: no socket, no program, no file written beside the outputs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

STRACE = shutil.which("strace")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(STRACE is None, reason="needs strace, which sees what a library in C does"),
]

SPEC = """archc = 1
[input]
size = [16, 24]
[model]
kind = "classifier"
classes = 2
[[model.body.stages]]
name = "stem"
layers = [{ op = "conv2d", out_channels = 8, kernel_size = 3, stride = 2 }, { op = "relu" }]
[model.head]
layers = [{ op = "global_avg_pool2d" }, { op = "flatten" }, { op = "linear", out_features = 2 }]
"""
# What a command may write: its outputs, under their own name or a temporary one.
OUTPUTS = {
    "validate": "",
    "build": "",
    "export": r"(\.m\.\w+|m)\.onnx",
    "predict": "",
    "predict-table": r"(\.t\.\w+|t)\.npy",
}
COMMANDS = {
    "validate": ["validate", "spec.toml"],
    "build": ["build", "spec.toml"],
    "export": ["export", "spec.toml", "--onnx", "m.onnx", "--quiet"],
    "predict": ["predict", "m.onnx", "a.png"],
    "predict-table": ["predict", "m.onnx", "a.png", "--out", "t.npy"],
}
CALLS = (
    "%network,execve,execveat,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,"
    "link,linkat,symlink,symlinkat,mknod,mknodat,truncate"
)
WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE")
NOWHERE = ("/dev/null", "/dev/tty", "/proc/self/")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a spec, an image and an empty home; the commands leave there what the next ones need."""
    made = tmp_path_factory.mktemp("traced")
    for name in ("home", "temporary"):
        (made / name).mkdir()
    (made / "spec.toml").write_text(SPEC)
    Image.fromarray(np.zeros((16, 24, 3), np.uint8)).save(made / "a.png")
    return made


def traced(command: list[str], folder: Path, root: Path) -> list[str]:
    """The calls of a command that bear on sockets, programs and files; those that failed are left out."""
    assert STRACE is not None
    (folder / "trace").unlink(missing_ok=True)
    env = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "TMPDIR": str(folder / "temporary")}
    env |= {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    trace = [STRACE, "-f", "-qq", "-s", "400", "-e", f"trace={CALLS}", "-o", "trace"]
    python = os.path.realpath(sys.executable)
    env["PYTHONPATH"] = os.pathsep.join([str(root), *(p for p in sys.path if "site-packages" in p)])
    done = subprocess.run(
        [*trace, python, "-m", "archc", *command],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=600,
    )
    if "ptrace" in done.stderr and done.returncode:
        pytest.skip("strace may not trace here")
    assert done.returncode == 0, done.stderr
    lines = (folder / "trace").read_text().splitlines()
    return [line.split(None, 1)[1] for line in lines if " = -1 " not in line]


def path_of(call: str, folder: Path) -> str:
    """The last path that a call names, below `folder` as relative."""
    path = re.findall(r'"([^"]*)"', call)[-1]
    return os.path.relpath(path, folder) if path.startswith(str(folder)) else path


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_touches_its_outputs_alone(name: str, folder: Path, root: Path) -> None:
    calls = traced(COMMANDS[name], folder, root)
    started, *others = [call for call in calls if call.startswith("exec")]
    assert '"-m", "archc"' in started
    assert others == []
    assert [call for call in calls if re.match(r"socket|connect|send|recv|bind|getaddr", call)] == []
    files = [c for c in calls if re.match(r"open", c) and WRITES.search(c)]
    files += [c for c in calls if re.match(r"creat|mkdir|rename|link|symlink|mknod|truncate", c)]
    paths = {path_of(call, folder) for call in files}
    paths = {path for path in paths if not path.startswith(NOWHERE)}
    beside = {path for path in paths if not re.fullmatch(OUTPUTS[name], path)}
    assert beside == set()
    print(f"{name}: {len(calls)} calls, {len(paths)} paths written: {sorted(paths)}")
