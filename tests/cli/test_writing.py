"""No command writes over a spec."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc.cli.main import main

SPEC = """archc = 1

[input]
size = [16, 16]

[model]
kind = "classifier"
classes = 2

[[model.body.stages]]
name = "stem"
layers = [{ op = "conv2d", out_channels = 4, kernel_size = 3 }]
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    place = tmp_path / "one.arch.toml"
    place.write_text(SPEC)
    return place


@pytest.mark.parametrize(
    "command", [["eject"], ["export", "--quiet"], ["build"], ["build", "--emit", "spec"]], ids=" ".join
)
def test_the_spec_that_is_read_stays(
    spec: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, str(spec), "-o", str(spec)]) == 2
    assert "is a spec: it would be overwritten" in capsys.readouterr().err
    assert spec.read_text() == SPEC


def test_another_spec_stays(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = spec.with_name("other.toml")
    other.write_text(SPEC)
    assert main(["eject", str(spec), "-o", str(other)]) == 2
    assert other.read_text() == SPEC
    assert "choose another name" in capsys.readouterr().err


def test_what_a_command_wrote_may_be_written_anew(spec: Path) -> None:
    source, graph = spec.with_name("one.py"), spec.with_name("written.toml")
    for _ in range(2):
        assert main(["eject", str(spec), "-o", str(source)]) == 0
        assert main(["build", str(spec), "--emit", "spec", "-o", str(graph)]) == 0
    assert "nn.Conv2d" in source.read_text()
