"""Folders and names as rough file systems have them: left out or named, the rest of the job goes on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archc.cli import main
from tests.training.tiny_runs import digits_spec

COMMANDS = [["validate"], ["fmt"], ["migrate"]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "p").mkdir()
    digits_spec(tmp_path / "p" / "a.toml")
    digits_spec(tmp_path / "p" / "z.toml")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "p"


def self_link(folder: Path) -> None:
    (folder / "m").symlink_to("m")


def self_link_like_a_spec(folder: Path) -> None:
    (folder / "m.toml").symlink_to("m.toml")
    (folder / "m.arch.toml").symlink_to("m.arch.toml")


def cycle(folder: Path) -> None:
    (folder / "m").symlink_to("n")
    (folder / "n").symlink_to("m")


def to_itself(folder: Path) -> None:
    (folder / "m").symlink_to(".")
    (folder / "n.toml").symlink_to("..")


def broken(folder: Path) -> None:
    (folder / "m").symlink_to("nowhere")
    (folder / "m.arch.json").symlink_to("nowhere")


def hidden_loop(folder: Path) -> None:
    (folder / ".m").symlink_to(".m")
    (folder / "node_modules").symlink_to("node_modules")


def pipes(folder: Path) -> None:
    os.mkfifo(folder / "m.toml")
    os.mkfifo(folder / "m.arch.json")


def not_utf8(folder: Path) -> None:
    os.mkdir(os.fsencode(folder) + b"/caf\xe9")  # noqa: PTH102
    with open(os.fsencode(folder) + b"/caf\xe9/x.toml", "w") as file:  # noqa: PTH123
        file.write((folder / "a.toml").read_text())


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(
    "rough",
    [self_link, self_link_like_a_spec, cycle, to_itself, broken, hidden_loop, pipes, not_utf8],
    ids=lambda rough: rough.__name__,
)
def test_the_other_specs_are_seen(
    rough: object, command: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(rough)
    rough(folder)
    assert main([*command, "p"]) == 0
    said = capsys.readouterr()
    count = 2 + (rough is not_utf8)
    if command == ["validate"]:
        assert f"{count} specs: {count} fine" in said.out
    else:
        assert str(count) in said.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_folder_that_may_not_be_read_is_named(
    command: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "closed").mkdir(0)
    assert main([*command, "p"]) == 2
    said = capsys.readouterr()
    assert "closed" in said.out + said.err


LONG = "n" * 5000


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate", LONG],
        ["validate", "p/a.toml", "--sarif", LONG],
        ["fmt", LONG],
        ["migrate", LONG],
        ["build", LONG],
        ["params", LONG],
        ["diff", LONG, "p/a.toml"],
        ["eject", LONG],
        ["eject", "p/a.toml", "--out", LONG],
        ["train", LONG],
        ["train", "p/a.toml", "--run", LONG],
        ["train", "p/a.toml", "--set", f"data.kind=image_folder,root={LONG}"],
        ["data", LONG],
        ["evaluate", LONG],
        ["export", LONG, "--onnx"],
        ["export", "p/a.toml", "--onnx", LONG],
        ["predict", LONG, "x.png"],
        ["init", LONG],
        ["init", "--out", LONG],
    ],
    ids=lambda arguments: " ".join(word[:12] for word in arguments),
)
@pytest.mark.parametrize("name", [LONG, "\udce9\udcff/x", "p/a.toml/x"], ids=["long", "surrogate", "file"])
def test_names_that_cannot_be(arguments: list[str], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = main([word.replace(LONG, name) for word in arguments])
    said = capsys.readouterr()
    assert status in (1, 2) or Path(name).is_dir()  # a run may well be called so
    assert "Traceback" not in said.err
    assert len(said.err.splitlines()) <= 12
