"""Validation reads the spec and the records of the bodies that it names, and no trick makes it read more."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from archc.bodies.catalog import SHIPPED
from archc.cli import main
from archc.record.text import text_of

SECRET = "sesame"
RESNET = json.loads((SHIPPED / "torchvision" / "resnet18.json").read_text("utf-8"))


def spec(**body: Any) -> dict[str, Any]:
    return {
        "archc": 1,
        "input": {"size": [64, 64]},
        "model": {"kind": "classifier", "classes": 2, "body": body},
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A stranger's checkout beside a file that is none of its business."""
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "x.json").write_text(json.dumps({**RESNET, "ref": f"timm/{SECRET}"}))
    (tmp_path / "private" / "notes.txt").write_text(SECRET)
    checkout = tmp_path / "checkout"
    (checkout / ".git").mkdir(parents=True)
    (checkout / "archc_bodies" / "timm").mkdir(parents=True)
    return checkout


def answer(
    capsys: pytest.CaptureFixture[str], project: Path, written: dict[str, Any], *flags: str
) -> tuple[int, str]:
    (project / "spec.json").write_text(json.dumps(written))
    status = main(["validate", *flags, str(project / "spec.json")])
    said = "".join(capsys.readouterr())
    assert SECRET not in said.replace(str(project), "")
    return status, said


def record(project: Path, name: str) -> Path:
    return project / "archc_bodies" / "timm" / f"{name}.json"


def test_a_record_is_found(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(project, "mine").write_text(text_of({**RESNET, "ref": "timm/mine"}))
    assert answer(capsys, project, spec(ref="timm/mine"))[0] == 0


@pytest.mark.parametrize(
    "ref", ["timm/../../../private/x", "../private/x", "/private/x", "timm/x/../y", "timm/", "."]
)
def test_a_ref_leads_nowhere_else(ref: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without `_REF` the name of a body is a path."""
    status, said = answer(capsys, project, spec(ref=ref))
    assert status == 1
    assert "ARC201" in said


def test_a_link_to_a_record_elsewhere(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without `stays_within` in `find`, the file that the link names is read."""
    record(project, "out").symlink_to(project.parent / "private" / "x.json")
    status, said = answer(capsys, project, spec(ref="timm/out"))
    assert status == 2
    assert "leads outside" in said


def test_a_link_to_the_folder_of_a_library(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "archc_bodies" / "evil").symlink_to(project.parent / "private")
    status, said = answer(capsys, project, spec(ref="evil/x"))
    assert status == 2
    assert "leads outside" in said


@pytest.mark.parametrize("target", ["/dev/zero", "/proc/self/mem", "loop"])
def test_a_link_to_what_never_ends(target: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(project, "loop").symlink_to(target if target != "loop" else record(project, "loop"))
    assert answer(capsys, project, spec(ref="timm/loop"))[0] in (1, 2)


def test_a_pipe_for_a_record(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Opening a pipe waits for ever."""
    os.mkfifo(record(project, "pipe"))
    assert answer(capsys, project, spec(ref="timm/pipe"))[0] == 1


def test_a_file_that_lies_of_its_size(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of `/proc` say 0 bytes: the read is bounded, not the size."""
    record(project, "large").write_text(" " * (1 << 20) + json.dumps(RESNET))
    real = Path.stat
    monkeypatch.setattr(Path, "stat", lambda self, **k: _empty(real(self, **k)))
    status, said = answer(capsys, project, spec(ref="timm/large"))
    assert status == 2
    assert "larger than" in said


def _empty(found: os.stat_result) -> os.stat_result:
    return os.stat_result((*found[:6], 0, *found[7:]))


@pytest.mark.parametrize(
    "weights",
    ["/etc/passwd.pth", "../private/notes.safetensors", "~/x.pth", "/dev/zero.pt", "runs/x"],
)
def test_weights_are_not_opened(weights: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a path holds is for `build`: whether it exists makes no difference here."""
    assert answer(capsys, project, spec(ref="torchvision/resnet18", weights=weights))[0] == 0


@pytest.mark.parametrize("weights", ["https://h/x.pth", "http://h/x.safetensors", "file:///x.pth"])
def test_an_address_is_no_path_to_weights(
    weights: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = answer(capsys, project, spec(ref="torchvision/resnet18", weights=weights))
    assert status == 1
    assert "not fetched from an address" in said


@pytest.mark.parametrize("root", ["/etc", "../private", "/dev", "~", "/proc/self/root", "//host/share"])
def test_data_is_not_opened(root: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = {**spec(ref="torchvision/resnet18"), "data": {"kind": "image_folder", "root": root}}
    assert answer(capsys, project, written)[0] == 0


@pytest.mark.parametrize("images", ["../../private/*", "/etc/*", "a\\..\\b", "nul/*", "x/../../y", "C:/x"])
def test_paths_below_the_root_stay_there(
    images: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without `path_fault` these are told only when data is opened, or never."""
    data = {"kind": "image_regex", "root": "data", "label": "(?P<label>a)", "images": images}
    status, said = answer(capsys, project, {**spec(ref="torchvision/resnet18"), "data": data})
    assert status == 1
    assert "ARC510" in said


def test_a_search_reads_no_pipe_and_no_link_out(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder is searched without waiting, and files elsewhere are no specs of it."""
    os.mkfifo(project / "pipe.toml")
    (project / "out.toml").symlink_to(project.parent / "private" / "notes.txt")
    (project / "circle").symlink_to(project)
    (project / "gone.toml").symlink_to(project / "nothing.toml")
    (project / "device.toml").symlink_to("/dev/zero")
    written = json.dumps(spec(ref="torchvision/resnet18"))
    (project / "good.json").write_text(written)
    assert main(["validate", str(project)]) == 0
    said = "".join(capsys.readouterr())
    assert SECRET not in said
    assert "1 spec" in said
