"""What every test may ask for. It imports no tensor library: tests of the light floors stay light."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# Before anything imports torch: workers of pytest-xdist would otherwise fight over the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Hold torch to one thread where it is imported already; skip `gpu` tests where there is no GPU."""
    if item.get_closest_marker("gpu") is not None:
        _require_cuda()
    torch = sys.modules.get("torch")
    if torch is not None and torch.get_num_threads() != 1:
        torch.set_num_threads(1)


def _require_cuda() -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout: `root / "specs"` and the like."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets beside the checkout; the test is skipped where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the real data sets in ../shared/data")
    return folder


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """A function that writes a file below this test's own folder, parents made, and returns its path."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


@pytest.fixture
def fresh_python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that runs `python ARGUMENT...` in this test's own folder and returns the finished process.

    For what only a new interpreter shows: what an import drags in, exit codes, what lands on which stream.
    """

    def run(*arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        env = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=tmp_path, env=env, text=True, capture_output=True, timeout=timeout)

    return run


_LOADED = """
import runpy, sys
sys.argv = ["archc", *sys.argv[1:]]
try:
    runpy.run_module("archc", run_name="__main__")
except SystemExit as exit:
    assert not exit.code, exit.code
print("LOADED", *sorted(sys.modules))
"""


@pytest.fixture
def loaded_by(fresh_python: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., set[str]]:
    """A function that runs `archc ARGUMENT...` in a new interpreter and returns the modules that it loads."""

    def modules(*arguments: str) -> set[str]:
        done = fresh_python("-c", _LOADED, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return set(done.stdout.rsplit("LOADED ", 1)[1].split())

    return modules
