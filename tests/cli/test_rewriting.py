"""`archc validate --fix`, `archc fmt` and `archc migrate`: what they write, where, and which status."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archc.cli import main
from archc.source.document.version import STEPS

Write = Callable[[str, "str | bytes"], Path]
Run = Callable[..., tuple[int, str, str]]

GOOD = """\
# A U-Net.
archc = 1

[input]
size = [64, 64]

[model]
kind = "unet"
classes = 3

[model.body]
ref = "torchvision/resnet18"
cut = "layer4"
"""
SLIPS = GOOD.replace("classes", "clases").replace('"layer4"', "layre4  # kept")
FIXED = GOOD.replace('"layer4"', '"layer4"  # kept')
ODD = GOOD.replace('kind = "unet"\nclasses = 3', "classes=3\nkind='unet'")


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """A function that runs `archc ARGUMENT...`: status, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        status = main([str(each) for each in arguments])
        sys.stdout.flush()
        sys.stderr.flush()
        captured = capfdbinary.readouterr()
        return status, captured.out.decode(), captured.err.decode()

    return call


def feed(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))


def test_fix_repairs_the_file_and_tells_each_repair(run: Run, write: Write) -> None:
    path = write("a.toml", SLIPS)
    path.chmod(0o640)
    status, out, err = run("validate", "--fix", path)
    assert status == 0
    assert path.read_text() == FIXED
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert out.endswith("1 spec: 1 fine\n")
    assert f'{path}:13: `layre4` is now `"layre4"` (ARC001)\n' in err
    assert f"{path}:9: `clases` is now `classes` (ARC101)\n" in err
    assert f"{path}: 3 repairs\n" in err


def test_validation_says_what_could_be_repaired(run: Run, write: Write) -> None:
    _, out, err = run("validate", write("a.toml", GOOD.replace("layer4", "layre4")))
    assert "did you mean `layer4`?" in out
    assert err == "1 of them can be repaired: archc validate --fix\n"


def test_fix_keeps_the_byte_order_mark_and_line_ends(run: Run, write: Write) -> None:
    raw = b"\xef\xbb\xbf" + SLIPS.replace("\n", "\r\n").encode()
    path = write("a.toml", raw)
    assert run("validate", "--fix", path)[0] == 0
    assert path.read_bytes() == b"\xef\xbb\xbf" + FIXED.replace("\n", "\r\n").encode()


def test_what_cannot_be_repaired_stays_and_is_reported(run: Run, write: Write) -> None:
    path = write("a.toml", SLIPS.replace("resnet18", "resnet81"))
    status, out, _ = run("validate", "--fix", path)
    assert status == 1
    assert "ARC201" in out
    assert "classes = 3" in path.read_text()


def test_a_spec_that_needs_no_repair_is_not_touched(run: Run, write: Write) -> None:
    path = write("a.toml", GOOD)
    before = path.stat().st_mtime_ns, path.stat().st_ino
    assert run("validate", "--fix", path)[0] == 0
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


def test_fix_of_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, SLIPS)
    status, out, err = run("validate", "--fix", "-")
    assert (status, out) == (0, FIXED)
    assert "3 repairs" in err
    feed(monkeypatch, SLIPS.replace("resnet18", "resnet81"))
    status, out, err = run("validate", "--fix", "-")
    assert status == 1
    assert out == FIXED.replace("resnet18", "resnet81").replace('"layer4"', '"layre4"')
    assert "ARC201" in err
    assert run("validate", "--fix", "-", "other.toml")[0] == 2


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
@pytest.mark.parametrize("command", [["validate", "--fix"], ["fmt"]])
def test_a_link_is_followed_within_its_folder_only(run: Run, write: Write, command: list[str]) -> None:
    text = SLIPS if command[0] == "validate" else ODD
    outside, inside = write("elsewhere/a.toml", text), write("specs/real.toml", text)
    leads_out, stays = inside.with_name("out.toml"), inside.with_name("in.toml")
    leads_out.symlink_to(outside)
    stays.symlink_to("real.toml")
    status, _, err = run(*command, leads_out)
    assert status == 2
    assert "leads out of its folder" in err
    assert outside.read_text() == text
    assert run(*command, stays)[0] == 0
    assert stays.is_symlink()
    assert inside.read_text() != text


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anything")
def test_a_read_only_file_is_left_alone(run: Run, write: Write) -> None:
    path = write("a.toml", SLIPS)
    path.chmod(0o444)
    status, _, err = run("validate", "--fix", path)
    assert status == 2
    assert "read-only" in err
    assert path.read_text() == SLIPS


def test_fmt_writes_lists_and_is_done(run: Run, write: Write) -> None:
    path, good = write("specs/a.toml", ODD), write("specs/b.toml", GOOD)
    write("specs/other.toml", "x=1\n")
    before = good.stat().st_ino
    assert run("fmt", path.parent) == (0, f"{path}\n", "1 changed, 1 as they should be\n")
    assert path.read_text() == GOOD
    assert good.stat().st_ino == before
    assert run("fmt", "--quiet", path.parent) == (0, "", "")


def test_fmt_check_and_diff_write_nothing(run: Run, write: Write) -> None:
    path = write("a.toml", ODD)
    assert run("fmt", "--check", path) == (1, f"{path}\n", "1 would change\n")
    status, out, _ = run("fmt", "--diff", path)
    assert status == 1
    assert "-kind='unet'\n" in out
    assert '+kind = "unet"\n' in out
    assert path.read_text() == ODD
    assert run("fmt", "--check", write("b.toml", GOOD))[0] == 0


def test_fmt_of_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, ODD)
    assert run("fmt", "-") == (0, GOOD, "")
    feed(monkeypatch, ODD)
    assert run("fmt", "--check", "-")[0] == 1
    feed(monkeypatch, '{"model":{},"archc":1}')
    assert run("fmt", "-")[1] == '{\n  "archc": 1,\n  "model": {}\n}\n'
    feed(monkeypatch, "# \u4e2d\narchc = 1\n")
    assert run("fmt", "-")[1] == "# \u4e2d\narchc = 1\n"


def test_fmt_refuses_what_it_cannot_read(run: Run, write: Write) -> None:
    path = write("a.toml", "archc = = 1\n")
    status, out, err = run("fmt", path)
    assert (status, out) == (1, "")
    assert "ARC001" in err
    assert path.read_text() == "archc = = 1\n"
    assert run("fmt", path.with_name("none.toml"))[0] == 2


def test_fmt_makes_no_file_too_large_to_be_read(run: Run, write: Write) -> None:
    text = json.dumps(
        {"archc": 1, "a": {"b": {"c": {"d": {"e": {"f": [1] * 18_000}}}}}}, separators=(",", ":")
    )
    path = write("a.json", text)
    status, _, err = run("fmt", path)
    assert status == 2
    assert "larger than the 262,144 bytes" in err
    assert path.read_text() == text


def test_files_that_are_no_specs_are_left_out_where_asked(run: Run, write: Write) -> None:
    other, spec = write("pyproject.toml", "a=1\n"), write("a.toml", ODD)
    assert run("fmt", "--skip-others", other) == (0, "", "")
    assert run("fmt", "--skip-others", other, spec) == (0, f"{spec}\n", "1 changed\n")
    assert other.read_text() == "a=1\n"


def test_fmt_formats_specs_with_faults_of_another_kind(run: Run, write: Write) -> None:
    path = write("a.toml", ODD.replace("classes", "clases"))
    assert run("fmt", path)[0] == 0
    assert 'kind = "unet"\nclases = 3\n' in path.read_text()


def test_a_file_that_changed_meanwhile_is_not_overwritten(
    run: Run, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("a.toml", ODD)

    def edited_by_another(document: object) -> str:
        path.write_text("archc = 1 # newer\n")
        return GOOD

    monkeypatch.setattr("archc.cli.fmt._canonical", edited_by_another)
    status, _, err = run("fmt", path)
    assert status == 2
    assert "has changed since" in err
    assert path.read_text() == "archc = 1 # newer\n"


def test_migrate(run: Run, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("a.toml", GOOD)
    assert run("migrate", path) == (0, "", "1 as it should be\n")
    old = write("b.toml", GOOD.replace("archc = 1", "archc = 0"))
    status, _, err = run("migrate", old)
    assert status == 1
    assert "ARC106" in err
    monkeypatch.setitem(STEPS, 0, lambda document: ())
    assert run("migrate", "--check", old)[0] == 1
    assert run("migrate", old) == (0, f"{old}\n", "1 changed\n")
    assert old.read_text() == GOOD
