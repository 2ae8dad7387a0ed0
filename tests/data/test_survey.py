"""What `archc data` tells of a data set, and the pictures it draws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from archc.cli import main
from archc.data.contact_sheet import augmented_sheet, contact_sheet
from archc.data.datasets import Datasets, open_data
from archc.data.survey import survey
from archc.spec.data import Augment
from archc.spec.grammar import validator

SPEC = """archc = 1
[input]
size = [24, 24]
[model]
kind = "classifier"
[model.body]
ref = "torchvision/resnet18"
[data]
kind = "image_folder"
root = "set"
train = "train"
valid = "val"
classes = ["dark", "light"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Noise in two classes, 5 and 2 images of each; among them one damaged, tiny, gray, and twice there."""
    random = np.random.default_rng(0)
    for split, count in (("train", 5), ("val", 2)):
        for name, low in (("dark", 0), ("light", 150)):
            place = tmp_path / "set" / split / name
            place.mkdir(parents=True)
            for number in range(count):
                noise = random.integers(low, low + 100, (20 + number, 30, 3), dtype=np.uint8)
                Image.fromarray(noise).save(place / f"{number}.png")
    train = tmp_path / "set" / "train"
    (train / "dark" / "0.png").write_bytes((train / "dark" / "0.png").read_bytes()[:-60])
    Image.fromarray(random.integers(0, 255, (6, 40, 3), dtype=np.uint8)).save(train / "dark" / "1.png")
    Image.fromarray(random.integers(0, 255, (20, 20), dtype=np.uint8)).save(train / "light" / "1.png")
    Image.open(train / "light" / "2.png").save(tmp_path / "set" / "val" / "light" / "copy.bmp")
    (tmp_path / "spec.toml").write_text(SPEC)
    return tmp_path


@pytest.fixture
def data(folder: Path) -> Datasets:
    import tomli

    return open_data(validator().validate_python(tomli.loads(SPEC)), folder)


def test_what_is_wrong_is_found(data: Datasets) -> None:
    found = survey(data)
    assert found.images == {"train": 10, "valid": 5}
    named = {
        what: [Path(name.split(": ")[0]).name for name in names] for what, names in found.suspicious.items()
    }
    assert named == {"damaged": ["0.png"], "tiny": ["1.png"], "gray among color": ["1.png"]}
    assert [[Path(name).name for name in group] for group in found.across] == [["2.png", "copy.bmp"]]
    assert found.within == ()
    assert found.counts["train", "target"] == (4.0, 5.0)
    assert found.counts["valid", "target"] == (2.0, 3.0)
    assert found.modes == {"RGB": 13, "L": 1}


def test_moments_are_those_of_all_training_pixels(data: Datasets) -> None:
    pixels: list[Any] = []
    for index in range(len(data.train)):
        if "dark/0.png" not in data.train.name(index):
            pixels.append(np.asarray(data.train.load(index).inputs["image"]).reshape(-1, 3) / 255)
    every = np.concatenate(pixels)
    found = survey(data)
    assert found.mean == pytest.approx(every.mean(0))
    assert found.std == pytest.approx(every.std(0))


def test_the_command_tells_and_draws(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["data", str(folder / "spec.toml"), "--out", str(folder / "sheets")]) == 0
    text = capsys.readouterr().out
    assert "10 to train on, 5 to measure on" in text
    assert "the same image on both sides of the split: 1" in text
    assert "damaged: 1" in text
    assert {path.name for path in (folder / "sheets").iterdir()} == {
        "contact.png",
        "valid.png",
        "augmented.png",
    }
    assert main(["data", str(folder / "spec.toml"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["images"] == {"train": 10, "valid": 5}
    assert record["classes"] == {"target": ["dark", "light"]}


def test_sheets_leave_damaged_pictures_out(data: Datasets) -> None:
    sheet = contact_sheet(data.train, data.first)
    assert sheet.mode == "RGB"
    assert sheet.width > 8 * 128
    rows = augmented_sheet(data, Augment(horizontal_flip=0.5, rotate=20.0), rows=3)
    assert rows.height < sheet.height * 3
