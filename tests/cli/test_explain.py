"""`archc explain`, and the command line's own manners."""

from __future__ import annotations

import pytest

from archc.cli import main
from archc.source.codes import CODES


@pytest.mark.parametrize("code", ["ARC301", "arc301"])
def test_a_code_in_full(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code]) == 0
    out = capsys.readouterr().out
    entry = CODES["ARC301"]
    assert out.startswith(f"ARC301 {entry.name}: {entry.summary}\n")
    for paragraph in (entry.what, entry.why, entry.remedy):
        assert paragraph in out


def test_all_codes_in_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    assert [line[:6] for line in capsys.readouterr().out.splitlines()] == sorted(CODES)


def test_an_unknown_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "ARC999"]) == 2
    assert "there is no code ARC999" in capsys.readouterr().err


def test_an_unknown_command_is_answered_with_a_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["valdiate"]) == 2
    assert "did you mean `archc validate`?" in capsys.readouterr().err


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in ("validate", "build", "explain"))
    assert main([]) == 2


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("archc ")
