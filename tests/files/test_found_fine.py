"""What is remembered of specs that are fine, and all that makes it forgotten."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archc.cli.main import main
from archc.files import found_fine
from archc.files.found_fine import fine_before, remember
from archc.record.text import text_of

TEXT = 'archc = 1\n[input]\nsize = [64, 64]\n[model]\nkind = "classifier"\nclasses = 2\n'
BODY = '[model.body]\nref = "torchvision/resnet18"\nweights = "IMAGENET1K_V1"\n'
SPEC = TEXT + BODY
Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own, in use."""
    monkeypatch.delenv("ARCHC_NO_CACHE")
    monkeypatch.setenv("ARCHC_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache" / "verdicts"


def kept(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir()) if cache.is_dir() else []


def test_the_same_text_is_known_again(cache: Path, write: Write) -> None:
    write("a.toml", SPEC)
    assert not fine_before(["a.toml"])
    remember(SPEC, "toml")
    assert fine_before(["a.toml"])
    write("b.toml", b"\xef\xbb\xbf" + SPEC.encode())
    assert fine_before(["a.toml", "b.toml"])
    (name,) = kept(cache)
    assert (cache / name).read_bytes() == b""


def test_another_text_format_or_archc_is_not(
    cache: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(SPEC, "toml")
    write("changed.toml", SPEC + "\n")
    write("same.json", SPEC)
    write("same.toml", SPEC)
    assert not fine_before(["changed.toml"])
    assert not fine_before(["same.json"])
    assert fine_before(["same.toml"])
    monkeypatch.setattr(found_fine, "_judge", lambda: b"another")
    assert not fine_before(["same.toml"])


def test_the_judge_is_archcs_code_and_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = tmp_path / "archc"
    for name in found_fine._JUDGES:
        shutil.copytree(Path(found_fine._PACKAGE) / name, copied / name)
    monkeypatch.setattr(found_fine, "_PACKAGE", str(copied))
    before = found_fine._judge()
    assert found_fine._judge() == before
    body = copied / "bodies" / "data" / "torchvision" / "resnet18.json"
    body.write_text(body.read_text() + "\n")
    changed = found_fine._judge()
    assert changed != before
    (tmp_path / "site-packages" / "tomli-9.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "site-packages")])
    assert found_fine._judge() != changed


def test_nothing_unusual_is_known(cache: Path, write: Write) -> None:
    write("a.toml", SPEC)
    remember(SPEC, "toml")
    assert fine_before(["a.toml"])
    for unusual in (
        [],
        ["-"],
        ["./a.toml"],
        ["a.toml", "a.toml"],
        ["a.toml", "--strict"],
        ["."],
        ["none.toml"],
    ):
        assert not fine_before(unusual), unusual


@pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")
def test_a_folder_that_others_may_write_is_not_believed(cache: Path, write: Write) -> None:
    write("a.toml", SPEC)
    remember(SPEC, "toml")
    cache.chmod(0o777)
    assert not fine_before(["a.toml"])
    cache.chmod(0o700)
    assert fine_before(["a.toml"])


def test_a_cache_that_cannot_be_made_is_done_without(cache: Path, write: Write) -> None:
    write("cache", "a file where the folder should be")
    write("a.toml", SPEC)
    remember(SPEC, "toml")
    assert not fine_before(["a.toml"])


def test_it_can_be_switched_off(cache: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.toml", SPEC)
    monkeypatch.setenv("ARCHC_NO_CACHE", "1")
    remember(SPEC, "toml")
    assert kept(cache) == []
    monkeypatch.delenv("ARCHC_NO_CACHE")
    remember(SPEC, "toml")
    monkeypatch.setenv("ARCHC_NO_CACHE", "1")
    assert not fine_before(["a.toml"])


def test_their_number_is_bounded(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_fine, "MOST", 10)
    for number in range(35):
        remember(f"{SPEC}# {number}", "toml")
        assert len(kept(cache)) <= 10


@pytest.mark.parametrize(
    ("text", "flags", "remembered"),
    [
        (SPEC, [], True),
        (SPEC, ["--no-cache"], False),
        (SPEC, ["--set", "model.classes=3"], False),
        (SPEC, ["--max-nodes", "30000"], False),
        (SPEC, ["--format", "json"], True),
        (SPEC.replace("classes = 2", "classes = 0"), [], False),
    ],
)
def test_only_what_is_fine_as_it_stands_is_remembered(
    text: str, flags: list[str], remembered: bool, cache: Path, write: Write
) -> None:
    write("a.toml", text)
    main(["validate", *flags, "a.toml"])
    assert bool(kept(cache)) == remembered == fine_before(["a.toml"])


def test_a_projects_own_body_is_not_remembered(cache: Path, write: Write) -> None:
    """Its record may change beside the spec."""
    shipped = Path(found_fine._PACKAGE) / "bodies" / "data" / "torchvision" / "resnet18.json"
    write(
        "archc_bodies/torchvision/mine.json",
        text_of(json.loads(shipped.read_text()) | {"ref": "torchvision/mine"}),
    )
    write("a.toml", SPEC.replace("resnet18", "mine"))
    assert main(["validate", "a.toml"]) == 0
    assert kept(cache) == []


def test_the_command_answers_alike_both_times(cache: Path, write: Write, root: Path) -> None:
    write("a.toml", SPEC)
    write("b.toml", SPEC + "# another\n")
    command = [sys.executable, "-X", "importtime", "-m", "archc", "validate", "a.toml", "b.toml"]
    env = os.environ | {"PYTHONPATH": str(root)}
    first, second = (subprocess.run(command, capture_output=True, text=True, env=env) for _ in range(2))
    assert (first.returncode, first.stdout) == (second.returncode, second.stdout)
    assert first.stdout == "a.toml: fine\nb.toml: fine\n2 specs: 2 fine\n"
    assert "archc.plan" in first.stderr
    assert "archc.plan" not in second.stderr
