"""Rough images and masks through `archc data`, `archc train` and `archc predict`: used exactly, or named."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from archc.cli import main
from archc.data.masks import read_mask
from archc.images.pixels import PixelFormat, as_array
from archc.images.reading import read_image
from archc.plan.mask_values import MaskMeaning
from tests.cli.rough_files import rough_file, rough_image, rough_mask, stored
from tests.training.tiny_runs import folder_spec

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs pipes")
Capture = pytest.CaptureFixture[str]
MEANING = MaskMeaning(("ground", "thing"), ((0,), (1,)), (), False)
MASKS = """\
archc = 1
name = "tiny"
[input]
size = [8, 8]
[model]
kind = "unet"
[[model.body.stages]]
name = "a"
layers = [{ op = "conv2d", out_channels = 4, kernel_size = 3, stride = 2 }, { op = "relu" }]
[[model.body.stages]]
name = "b"
layers = [{ op = "conv2d", out_channels = 8, kernel_size = 3, stride = 2 }, { op = "relu" }]
[model.decoder]
upsample = "nearest"
last_cross = false
[data]
kind = "segmentation"
root = "set"
train = { images = "train/*.png", masks = "truth/{stem}.png" }
valid = { images = "val/*.png", masks = "truth/{stem}.png" }
classes = ["ground", "thing"]
[train]
batch_size = 2
workers = 0
[[train.phases]]
epochs = 1
lr = 1e-3
"""


def ran(capfd: Capture, *arguments: str) -> tuple[int, str, str]:
    """Return status and both streams of a command; nothing in them may be more than lines."""
    capfd.readouterr()
    status = main(list(arguments))
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    return status, out, err


def trained(capfd: Capture, name: str) -> tuple[bool, str]:
    """Train in a new folder; return whether it ended well, and what was said."""
    shutil.rmtree("r", ignore_errors=True)
    status, _, err = ran(capfd, "train", "s.toml", "--run", "r", "--device", "cpu")
    assert status in (0, 2), err
    if status:
        faults = [line for line in err.splitlines() if line.startswith("error: ")]
        assert len(faults) == 1, err
        assert name in faults[0]
    return status == 0, err


def surveyed(capfd: Capture, name: str) -> bool:
    """Return whether `archc data` uses the file; where it does not, it must be named."""
    status, out, err = ran(capfd, "data", "s.toml")
    assert status == 0, err
    faults = ("damaged:", "of other pixels than the model takes:")
    heading = ""
    for line in out.splitlines():
        heading = heading if line.startswith(" ") else line
        if line.startswith(" ") and name in line and heading.startswith(faults):
            return False
    return True


def try_images(capfd: Capture, model: Path, numbers: Sequence[int]) -> Counter[str]:
    """Try each rough image alone among sound ones; return how many were used and how many named."""
    found: Counter[str] = Counter()
    for number in numbers:
        path = rough_file(Path("data/train/cat"), number)
        status, out, err = ran(capfd, "predict", str(model), str(path), "--device", "cpu")
        predicted = status == 0
        assert predicted or str(path) in err, err
        assert predicted == out.startswith(f"{path}:")
        if path.is_fifo():
            assert not predicted
            _, out, _ = ran(capfd, "data", "s.toml")
            assert "images: 4 to train on" in out
            assert trained(capfd, path.name)[0], "a pipe is no image of the data"
        else:
            assert surveyed(capfd, path.name) == predicted, number
            assert trained(capfd, path.name)[0] == predicted, number
        if predicted:
            assert_exact(path)
        found["used" if predicted else "named"] += 1
        path.unlink()
    return found


def assert_exact(path: Path) -> None:
    """Hold the pixels that are read against Pillow's own."""
    with Image.open(path) as opened:
        expected = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
    assert np.array_equal(as_array(read_image(path, PixelFormat())), expected)


def try_masks(capfd: Capture, numbers: Sequence[int]) -> Counter[str]:
    found: Counter[str] = Counter()
    target = Path("set/truth/t0.png")
    for number in numbers:
        said = rough_mask(target, number)
        used = trained(capfd, "t0.png")[0]
        if said is not None:
            assert used, number
            assert np.array_equal(read_mask(target, MEANING), said)
        if used:
            assert surveyed(capfd, "t0.png")
        found["used" if used else "named"] += 1
    return found


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture) -> Path:
    """Return a model; enter the folder of its data, four images to train on and two to measure on."""
    folder_spec(tmp_path / "s.toml", epochs=1)
    monkeypatch.chdir(tmp_path)
    for split, most in (("train", 2), ("val", 1)):
        for path in Path("data", split).rglob("*.png"):
            if int(path.stem) >= most:
                path.unlink()
    assert trained(capfd, "")[0]
    assert main(["export", "r", "--out", "m.onnx"]) == 0
    return Path("m.onnx")


@pytest.fixture
def scenes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text(MASKS)
    random = np.random.default_rng(0)
    for folder in ("train", "val", "truth"):
        Path("set", folder).mkdir(parents=True)
    for split, names in (("train", ("t0", "t1", "t2")), ("val", ("v0", "v1"))):
        for name in names:
            Path("set", split, f"{name}.png").write_bytes(stored(rough_image(random), "PNG"))
            Path("set/truth", f"{name}.png").write_bytes(stored(rough_image(random, mask=True), "PNG"))


def test_twelve_rough_images(capfd: Capture, images: Path) -> None:
    found = try_images(capfd, images, [*range(7), 31, *range(8, 12)])
    assert found["used"] >= 4
    assert found["named"] >= 4


def test_ten_rough_masks(capfd: Capture, scenes: None) -> None:
    found = try_masks(capfd, range(10))
    assert found["used"] >= 3
    assert found["named"] >= 4


@pytest.mark.nightly
def test_rough_images(capfd: Capture, images: Path) -> None:
    found = try_images(capfd, images, range(12, 132))
    print(found)
    assert sum(found.values()) == 120


@pytest.mark.nightly
def test_rough_masks(capfd: Capture, scenes: None) -> None:
    found = try_masks(capfd, range(10, 90))
    print(found)
    assert sum(found.values()) == 80
