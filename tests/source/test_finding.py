"""Which files below a folder are specs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from archc.source.document.discovery import looks_like_spec, specs

Write = Callable[[str, "str | bytes"], Path]


@pytest.mark.parametrize(
    "text",
    [
        "archc = 1",
        "# a spec\n\n  archc=1\r\n[model]",
        '"archc" = 1',
        "'archc' = 1",
        "#:schema ../schema/archc.schema.json\n[model]\n",
        "sizes = [\n  [1, 2],\n]\narchc = 1\n",
        "archc = 1\nname = 'broken",
    ],
)
def test_specs_in_toml(text: str) -> None:
    assert looks_like_spec(text, "x.toml")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[tool.archc]\nstrict = true\n",
        '[dependencies]\narchc = "^0.1"\n',
        '[[package]]\nname = "archc"\narchc = 1\n',
        "archc_version = 1\n",
        "# archc = 1\n",
    ],
)
def test_other_toml(text: str) -> None:
    assert not looks_like_spec(text, "x.toml")


@pytest.mark.parametrize(
    "text",
    ['{"archc": 1}', '{"name": "a", "model": {"x": [1]}, "archc" : 1', '{"$schema": "../archc.schema.json"}'],
)
def test_specs_in_json(text: str) -> None:
    assert looks_like_spec(text, "x.json")


@pytest.mark.parametrize(
    "text",
    [
        '{"dependencies": {"archc": "1.0"}}',
        '["archc", {"archc": 1}]',
        '{"name": "archc"}',
        '{"a": "\\"archc\\": 1"}',
        '{"archc_plan": 1}',
    ],
)
def test_other_json(text: str) -> None:
    assert not looks_like_spec(text, "x.json")


def names(top: Path) -> list[str]:
    return [each.name.removeprefix(f"{top}/") for each in specs([str(top)]) if each.missing is None]


def test_folders_that_hold_no_specs_of_ours(write: Write, tmp_path: Path) -> None:
    for folder in (".git", ".venv/lib", "node_modules/x", "__pycache__", "env/lib", "runs/one", "a/b"):
        write(f"{folder}/x.toml", "archc = 1")
    write("env/pyvenv.cfg", "")
    write("runs/one/spec.toml", "archc = 1")
    write("runs/one/plan.json", "{}")
    assert names(tmp_path) == ["a/b/x.toml"]
    assert names(tmp_path / "runs/one") == ["spec.toml", "x.toml"]


def test_the_order_is_that_of_names(write: Write, tmp_path: Path) -> None:
    for name in ("b.toml", "a/z.toml", "a/b/c.json", "c/a.toml"):
        write(name, '{"archc": 1}' if name.endswith("json") else "archc = 1")
    assert names(tmp_path) == ["a/b/c.json", "a/z.toml", "b.toml", "c/a.toml"]


def test_links_in_a_circle_and_links_out(write: Write, tmp_path: Path) -> None:
    inside = write("top/a.toml", "archc = 1").parent
    (inside / "again").symlink_to(inside)
    (inside / "up").symlink_to(tmp_path)
    (inside / "nowhere.toml").symlink_to(inside / "gone")
    (inside / "b.toml").symlink_to(write("elsewhere.toml", "archc = 1"))
    (inside / "secret.arch.toml").symlink_to(write("environ", "TOKEN=abc"))
    assert names(inside) == ["a.toml", "b.toml"]


def test_a_pipe_is_not_waited_for(write: Write, tmp_path: Path) -> None:
    write("a.toml", "archc = 1")
    os.mkfifo(tmp_path / "pipe.arch.toml")
    assert names(tmp_path) == ["a.toml"]


def test_the_suffix_alone_makes_a_spec(write: Write, tmp_path: Path) -> None:
    write("net.arch.toml", "")
    write("net.arch.json", "{")
    write("wide.toml", b"\xff\xfe" + "archc = 1".encode("utf-16-le"))
    assert names(tmp_path) == ["net.arch.json", "net.arch.toml", "wide.toml"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may search every folder")
def test_a_folder_that_may_not_be_searched_is_told(write: Write, tmp_path: Path) -> None:
    folder = write("closed/a.toml", "archc = 1").parent
    folder.chmod(0)
    try:
        (found,) = specs([str(tmp_path)])
    finally:
        folder.chmod(0o700)
    assert found.missing is not None


def test_deep_folders_are_no_matter(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(300):
        folder = folder / "d"
    folder.mkdir(parents=True)
    (folder / "a.toml").write_text("archc = 1")
    assert len(names(tmp_path)) == 1


def test_names_that_a_runner_would_take_for_commands(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write("::error::x.toml", "archc = 1").parent)
    assert [each.name for each in specs(["."])] == ["./::error::x.toml"]
    assert [each.name for each in specs(["::error::x.toml"])] == ["./::error::x.toml"]
