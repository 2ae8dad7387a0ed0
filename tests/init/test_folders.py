"""Folders as people have them through `archc init`: a spec that learns, or one sentence that says why not."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
import tomli

from archc.cli import main
from archc.plan.compile import compile_document
from archc.source.document.document import read
from tests.init.makers import LEARNED, REFUSED, masks, numbers

USUAL = [
    "masks 0 255",
    "masks from 1",
    "masks colors",
    "masks three suffixes",
    "masks in one folder, all png",
    "masks VOC",
    "folders numbers",
    "folders with junk",
    "table one-hot",
    "table gap",
    "table numbers with names",
    "table regression",
    "tags ', '",
    "images of 12 bits",
    "images of 16 bits and masks",
    "images of floating point, large",
]


def written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, dict[str, Any]]:
    """What `archc init` does: its status, what it says, the spec."""
    status = main(["init", str(tmp_path / "set"), "--out", str(tmp_path / "a.toml"), "--weights", "none"])
    said = capsys.readouterr().err
    there = (tmp_path / "a.toml").exists()
    return status, said, tomli.loads((tmp_path / "a.toml").read_text()) if there else {}


@pytest.mark.parametrize("name", LEARNED)
def test_a_spec_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (tmp_path / "set").mkdir()
    LEARNED[name](tmp_path / "set")
    status, said, _ = written(tmp_path, capsys)
    assert status == 0, said
    assert compile_document(read(str(tmp_path / "a.toml"))).warnings == ()


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_said_what_is_in_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    make, reason = REFUSED[name]
    (tmp_path / "set").mkdir()
    make(tmp_path / "set")
    status, said, spec = written(tmp_path, capsys)
    assert (status, spec) == (2, {})
    assert reason in said
    assert "help:" in said


@pytest.mark.parametrize("name", USUAL)
def test_the_data_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (tmp_path / "set").mkdir()
    LEARNED[name](tmp_path / "set")
    written(tmp_path, capsys)
    assert main(["data", str(tmp_path / "a.toml")]) == 0
    assert "damaged" not in capsys.readouterr().out


def data_of(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> dict[str, Any]:
    (tmp_path / "set").mkdir()
    LEARNED[name](tmp_path / "set")
    found: dict[str, Any] = written(tmp_path, capsys)[2]["data"]
    return found


def test_what_masks_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = data_of(tmp_path, capsys, "masks 0 255")
    assert (data["classes"], data["values"]) == (["background", "object"], {"background": 0, "object": 255})
    assert "ignore" not in data


def test_a_border_is_ignored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = data_of(tmp_path, capsys, "masks with a border")
    assert data["ignore"] == 255
    assert "values" not in data


@pytest.mark.parametrize(
    ("name", "dtype", "range", "remark"),
    [
        ("images of 16 bits", "uint16", None, None),
        ("images of 12 bits", "uint16", [0, 4095], None),
        ("images of floating point", "float32", None, None),
        ("images of floating point, large", "float32", [-1000, 3000], None),
        ("images of floating point as npy", "float32", None, "# range = [0, 1]"),
        ("images of 16 bits, signed", "int16", [-1000, 3000], None),
        ("images of 16 bits and masks", "uint16", None, None),
    ],
)
def test_depths(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    dtype: str,
    range: list[float] | None,
    remark: str | None,
) -> None:
    (tmp_path / "set").mkdir()
    LEARNED[name](tmp_path / "set")
    _, said, spec = written(tmp_path, capsys)
    assert f"note: the images have {dtype} pixels" in said
    assert (spec["input"]["dtype"], spec["input"].get("range")) == (dtype, range)
    text = (tmp_path / "a.toml").read_text()
    assert remark in text if remark else "# range" not in text


def test_lists_of_voc(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = data_of(tmp_path, capsys, "masks VOC")
    assert data["train"]["file"] == "ImageSets/Segmentation/train.txt"
    assert data["valid"]["file"] == "ImageSets/Segmentation/val.txt"


@pytest.mark.parametrize("name", ["tags ', '", "tags ','", "tags ';'", "tags '|'", "tags ' '"])
def test_tags(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    target = data_of(tmp_path, capsys, name)["target"]
    assert target["classes"] == ["big", "red", "round"]
    assert target.get("separator", " ") == name[6]


def test_one_hot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = data_of(tmp_path, capsys, "table one-hot")["target"]
    assert target == {"kind": "label", "columns": ["healthy", "rust", "scab"]}


def test_numbers_by_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert data_of(tmp_path, capsys, "folders numbers")["classes"] == ["1", "2", "10"]


def test_what_is_left_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    masks(numbers(0, 1), splits=("train", "val", "other"))(tmp_path / "set")
    _, said, _ = written(tmp_path, capsys)
    assert "note: 8 images with masks in `other/images` are left out" in said
    assert "# - 8 images with masks in `other/images` are left out" in (tmp_path / "a.toml").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes")
@pytest.mark.parametrize("name", ["ant/z.png", "ant/z.csv", "z.txt", "codes.txt"])
def test_pipes_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (tmp_path / "set").mkdir()
    LEARNED["folders"](tmp_path / "set")
    os.mkfifo(tmp_path / "set" / name)
    status, said, _ = written(tmp_path, capsys)
    assert status == 0
    assert "1 name is not used" in said
    assert main(["data", str(tmp_path / "a.toml")]) == 0


def test_a_name_too_long_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "x" * 5000]) == 2
    assert "too long" in capsys.readouterr().err


@pytest.mark.nightly
@pytest.mark.parametrize("name", LEARNED)
def test_what_is_written_learns(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Three epochs on signals that a model sees at once: better than chance."""
    from tests.init.learning import better_than_chance

    (tmp_path / "set").mkdir()
    LEARNED[name](tmp_path / "set")
    _, said, spec = written(tmp_path, capsys)
    assert better_than_chance(tmp_path / "a.toml", spec, tmp_path / "run"), said


def test_data_says_what_lies_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "set").mkdir()
    LEARNED["masks three suffixes"](tmp_path / "set")
    written(tmp_path, capsys)
    text = (tmp_path / "a.toml").read_text()
    (tmp_path / "a.toml").write_text(text.replace("images/*", "images/*.jpg"))
    assert main(["data", str(tmp_path / "a.toml")]) == 0
    assert "images beside those of the data, left out: 21" in capsys.readouterr().out


def test_data_names_classes_without_a_pixel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "set").mkdir()
    LEARNED["masks 0 1"](tmp_path / "set")
    written(tmp_path, capsys)
    text = (tmp_path / "a.toml").read_text()
    (tmp_path / "a.toml").write_text(text.replace('"class1"]', '"class1", "class2"]'))
    assert main(["data", str(tmp_path / "a.toml")]) == 0
    assert "classes without a single pixel to train on: 1\n  class2" in capsys.readouterr().out


def test_data_of_which_nothing_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "set").mkdir()
    LEARNED["folders"](tmp_path / "set")
    written(tmp_path, capsys)
    for path in (tmp_path / "set").rglob("*.png"):
        path.write_bytes(path.read_bytes()[:60])
    assert main(["data", str(tmp_path / "a.toml")]) == 2
    assert "can be read" in capsys.readouterr().err
