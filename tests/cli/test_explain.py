"""`archc explain`, and the command line's own manners."""

from __future__ import annotations

import pytest

from archc.cli import main
from archc.source.diagnostics.codes import CODES, FAMILIES


@pytest.mark.parametrize("code", ["ARC301", "arc301", "skip-misfit", "Skip_Misfit"])
def test_a_code_in_full(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code]) == 0
    out = capsys.readouterr().out
    entry = CODES["ARC301"]
    assert out.startswith(f"ARC301 {entry.name}: {entry.summary}\n")
    for paragraph in (entry.what, entry.why, entry.remedy):
        assert paragraph in out.replace("\n", " ")
    assert "  error[ARC301]: skip `layer2`" in out
    assert all(len(line) <= 88 for line in out.splitlines())


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_is_explained(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code]) == 0
    out = capsys.readouterr().out
    assert f"[{code}]" in out or code == "ARC109"
    silenced = code.startswith("ARC7") and code != "ARC799"
    assert (f"# archc: allow {CODES[code].name}" in out) == silenced


def test_all_codes_by_family(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[2:8] for line in lines if line.startswith("  ")] == sorted(CODES)
    assert [line for line in lines if line and not line.startswith("  ")] == [title for _, title in FAMILIES]


@pytest.mark.parametrize(
    ("word", "help"),
    [
        ("ARC999", "`archc explain` lists all"),
        ("ARC3O1", "did you mean ARC301, skip-misfit?"),
        ("skip-misift", "did you mean ARC301, skip-misfit?"),
        ("bias-before-batchnorm", "did you mean ARC704, bias-before-batch-norm?"),
    ],
)
def test_an_unknown_code(word: str, help: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", word]) == 2
    err = capsys.readouterr().err
    assert f"there is no code {word}" in err
    assert help in err


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
