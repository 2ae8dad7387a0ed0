"""The package agrees with its own description."""

from __future__ import annotations

import tomllib
from pathlib import Path

import archc


def test_version_is_the_one_in_pyproject(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert archc.__version__ == project["version"]


def test_types_are_shipped() -> None:
    assert (Path(archc.__file__).parent / "py.typed").is_file()


def test_requirements_are_hashed_and_name_no_address(root: Path) -> None:
    lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert len(pins) > 50
    assert all("==" in pin and pin.endswith("\\") for pin in pins)
    assert not [line for line in lines if "://" in line or " @ " in line or line.startswith("-")]
