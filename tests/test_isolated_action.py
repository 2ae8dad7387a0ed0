"""The GitHub Action on a pull request full of modules that Python, pip or a shell would run if it found them.

Nothing is stubbed but archc: a real Python makes a real virtual environment and its pip installs a checkout
whose distribution has archc's name and needs nothing, so that no index is asked.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ensurepip") is None, reason="this Python has no ensurepip"),
    pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash"),
]

PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "archc-compiler"
version = "0.1.0"
"""
BACKEND = """\
import zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name, info = "archc_compiler-0.1.0-py3-none-any.whl", "archc_compiler-0.1.0.dist-info"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        for module in ("__init__", "__main__"):
            wheel.write(f"archc/{module}.py")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: archc-compiler\\nVersion: 0.1.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""
MAIN = "import sys\nprint('checked', *sys.argv[1:])\n"
MODULES = (
    "venv",
    "pip",
    "ensurepip",
    "archc",
    "sitecustomize",
    "usercustomize",
    "setuptools",
    "backend",
    "pyproject_hooks",
    "zipfile",
    "json",
    "subprocess",
    "tomllib",
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that stands for archc's."""
    place = tmp_path / "action"
    (place / "archc").mkdir(parents=True)
    (place / "pyproject.toml").write_text(PROJECT)
    (place / "backend.py").write_text(BACKEND)
    (place / "archc/__init__.py").write_text("")
    (place / "archc/files/version.py").write_text('__version__ = "0.1.0"\n')
    (place / "archc/__main__.py").write_text(MAIN)
    return place


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A pull request that leaves a mark, whatever of it is run or imported."""
    place = tmp_path / "work"
    (place / "bin").mkdir(parents=True)
    mark = f"open({str(tmp_path / 'ran')!r}, 'a').write(__file__ + '\\n')\n"
    for name in MODULES:
        (place / f"{name}.py").write_text(mark)
        (place / "packages" / name).mkdir(parents=True)
        for module in ("__init__", "__main__"):
            (place / "packages" / name / f"{module}.py").write_text(mark)
    for name in ("python", "python3", "pip", "git", "sed", "mktemp", "uv-build"):
        for folder in (place, place / "bin"):
            (folder / name).write_text(f"#!/bin/sh\necho $0 >>{tmp_path}/ran\nexit 3\n")
            (folder / name).chmod(0o755)
    (place / "startup.sh").write_text(f"echo startup.sh >>{tmp_path}/ran\n")
    (place / "pip.conf").write_text(f"[global]\ntarget = {tmp_path}/elsewhere\nno-build-isolation = true\n")
    (place / "pyproject.toml").write_text("[build-system]\nrequires = []\nbuild-backend = 'setuptools'\n")
    return place


def checked(checkout: Path, workspace: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the action's script in the workspace."""
    env = os.environ | {
        "RUNNER_TEMP": str(workspace.parent),
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_OUTPUT": str(workspace.parent / "output"),
        "ARCHC_ACTION": str(checkout),
        "ARCHC_PYTHON": sys.executable,
        "PIP_NO_INDEX": "1",
    }
    script = Path(__file__).parents[1] / "scripts/action"
    return subprocess.run(
        ["bash", "-p", str(script)], cwd=workspace, env=env | environment, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    "where", ["modules beside the specs", "packages on PYTHONPATH", "everything at once"]
)
def test_nothing_of_a_pull_request_runs(checkout: Path, workspace: Path, where: str) -> None:
    environment = {}
    if where != "modules beside the specs":
        environment["PYTHONPATH"] = f".:{workspace}/packages:packages"
    if where == "everything at once":
        environment |= {
            "PATH": f".:{workspace}/bin::{os.environ['PATH']}",
            "PYTHONSTARTUP": str(workspace / "venv.py"),
            "PYTHONUSERBASE": str(workspace),
            "PIP_CONFIG_FILE": str(workspace / "pip.conf"),
            "PIP_TARGET": str(workspace.parent / "elsewhere"),
            "BASH_ENV": str(workspace / "startup.sh"),
        }
    done = checked(checkout, workspace, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "checked validate --format=github -- .\n"
    assert not (workspace.parent / "ran").exists(), (workspace.parent / "ran").read_text()
    assert not (workspace.parent / "elsewhere").exists()


@pytest.mark.parametrize(("version", "status"), [("0.1.0", 0), (">=0.1,<0.2", 0), ("<0.1", 2), ("9.9", 2)])
def test_a_version_that_the_action_does_not_have_stops_it(
    checkout: Path, workspace: Path, version: str, status: int
) -> None:
    done = checked(checkout, workspace, ARCHC_VERSION=version)
    assert done.returncode == status, done.stdout + done.stderr
    if status:
        assert "::error title=archc::cannot install archc 0.1.0, which this action brings" in done.stdout
        assert "checked" not in done.stdout
