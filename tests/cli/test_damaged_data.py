"""What a header tells of an image is told before the first step, of all files together."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from archc.cli import main
from archc.data.headers import require_readable
from tests.training.tiny_runs import folder_spec

TRAIN = ["train", "s.toml", "--run", "r", "--quiet", "--device", "cpu"]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder_spec(tmp_path / "s.toml", epochs=2)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20])


def text(path: Path) -> None:
    path.write_text("404 not found")


def deep(path: Path) -> None:
    Image.fromarray(np.arange(99, dtype=np.uint16).reshape(9, 11) * 600).save(path)


def huge(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[16:24] = (90_000).to_bytes(4, "big") * 2
    path.write_bytes(bytes(raw))


def long(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[16:24] = (70_000_000).to_bytes(4, "big") + (1).to_bytes(4, "big")
    path.write_bytes(bytes(raw))


def nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


DAMAGE = [empty, cut_header, text, deep, huge, long, nowhere]


@pytest.mark.parametrize("split", ["train", "val"])
@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_is_found_before_the_first_step(
    damage: Callable[[Path], None], split: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path("data", split, "dog", "3.png")
    whole = path.read_bytes()
    damage(path)
    assert main(TRAIN) == 2
    said = capsys.readouterr().err
    assert str(path) in said
    assert len(said.splitlines()) == (1 if damage is nowhere else 2)
    assert not Path("r").exists()
    path.unlink()
    path.write_bytes(whole)
    assert main(TRAIN) == 0


def test_all_are_named_together_and_bounded(capsys: pytest.CaptureFixture[str]) -> None:
    for number, damage in enumerate(DAMAGE):
        damage(Path("data/train/cat", f"{number}.png"))
    assert main(TRAIN) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("error: 7 of 24 images cannot be used: ")
    assert said[0].endswith("; and 2 more")
    assert "archc data" in said[1]


def test_pipes_and_devices_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("data/train/cat/pipe.png")
    os.mkfifo("data/val/cat/pipe.png")
    assert main(["data", "s.toml"]) == 0
    assert "16 to train on, 8 to measure on" in capsys.readouterr().out
    assert main(TRAIN) == 0
    Path("data/train/cat/link.png").symlink_to("pipe.png")
    assert main([*TRAIN[:3], "r2", *TRAIN[4:]]) == 2
    assert "pipe" in capsys.readouterr().err


def test_data_tells_damage_from_other_pixels(capsys: pytest.CaptureFixture[str]) -> None:
    deep(Path("data/train/cat/0.png"))
    empty(Path("data/train/cat/1.png"))
    assert main(["data", "s.toml"]) == 0
    said = capsys.readouterr().out
    assert "damaged: 1\n  " in said
    assert "of other pixels than the model takes: 1\n  " in said
    assert "16-bit" in said.partition("of other pixels")[2]


@pytest.mark.parametrize(("split", "what"), [("train", "to train on"), ("val", "to measure on")])
def test_data_says_where_nothing_can_be_read(
    split: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, path in enumerate(sorted(Path("data", split).rglob("*.png"))):
        (empty, cut_header, text, deep)[number % 4](path)
    assert main(["data", "s.toml"]) == 2
    said = capsys.readouterr()
    assert f"images {what} can be read" in said.err
    assert "damaged" in said.out
    assert main(["data", "s.toml", "--json"]) == 2


def test_a_body_that_is_cut_short_is_named_when_it_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("data/val/dog/1.png")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8)).save("x.jpg")
    path.write_bytes(Path("x.jpg").read_bytes()[:2000])  # a JPEG by its first bytes, whatever it is called
    assert main(TRAIN) == 2
    assert "1.png` is damaged" in capsys.readouterr().err
    assert Path("r/last.safetensors").exists()
    path.unlink()
    Image.open("x.jpg").save(path)
    assert main(TRAIN) == 0
    assert "its first epoch was measured: it is now `r-unfinished-1`" in capsys.readouterr().err
    assert Path("r-unfinished-1/last.safetensors").exists()
    assert Path("r/metrics.json").exists()
    assert main(TRAIN) == 2, "a whole run is in the way"


def test_how_far_the_look_has_come_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from archc.data import headers
    from archc.data.inputs.image import ImageInputs
    from archc.data.kinds.labeled import ImageExamples
    from archc.images.pixels import PixelFormat

    files = tuple(sorted(Path("data").rglob("*.png")))
    monkeypatch.setattr(headers, "QUIET", -1.0)
    said: list[str] = []
    inputs = ImageInputs(("image",), PixelFormat(), (8, 8))
    require_readable([ImageExamples(files, (0,) * len(files), inputs)], say=said.append)
    assert said[-1] == "24 of 24 images looked at"
