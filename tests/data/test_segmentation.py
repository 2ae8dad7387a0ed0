"""Images and masks: what is found, what is loaded, and what every fault of a data folder says."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from archc.data.batches import Loading, open_batches
from archc.data.datasets import Datasets, open_data
from archc.data.examples import VOID
from archc.files.errors import WorldError
from archc.images.pixels import PixelFormat
from archc.images.reading import read_image
from archc.spec.document import Spec

Opened = Callable[..., Datasets]


def said(opened: Opened, **changes: Any) -> str:
    with pytest.raises(WorldError) as caught:
        opened(**changes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_pairs_are_found_and_pixels_counted(opened: Opened) -> None:
    data = opened()
    assert (len(data.train), len(data.valid)) == (5, 2)
    assert data.classes == ("left", "right")
    assert data.task == "segmentation"
    assert data.class_counts == (5 * 7 * 6, 5 * 7 * 6)  # the first row of each is ignored
    assert data.train.name(0).endswith("train/0.png")


def test_a_batch_holds_bytes_and_the_ignored_value_has_become_void(opened: Opened) -> None:
    data = opened()
    batch = next(open_batches(data.valid, Loading(size=(8, 12), batch_size=2, workers=0)).epoch())
    assert batch.inputs["image"].dtype == torch.uint8
    assert batch.inputs["image"].shape == (2, 3, 8, 12)
    assert batch.target.dtype == torch.uint8
    assert (batch.target[:, 0] == VOID).all()
    assert (batch.target[:, 1:, :6] == 0).all()
    assert (batch.target[:, 1:, 6:] == 1).all()
    assert batch.inputs["image"][1, :, 3, 2].tolist() == [26, 26, 26]
    assert batch.indices.tolist() == [0, 1]


def test_ignoring_a_value_that_is_also_a_class_number_takes_it_out(opened: Opened) -> None:
    data = opened(ignore=0, classes=[f"c{i}" for i in range(10)])
    assert data.class_counts[0] == 0
    assert data.class_counts[9] == 5 * 12


def test_gray_input_and_palette_masks_are_read(opened: Opened, folder: Path) -> None:
    mask = Image.open(folder / "masks" / "0.png")
    mask.putpalette([0, 0, 0, 255, 0, 0] + [7, 7, 7] * 254)
    assert mask.mode == "P"
    mask.save(folder / "masks" / "0.png")
    data = opened()
    assert data.class_counts == (5 * 7 * 6, 5 * 7 * 6)
    gray = read_image(folder / "train" / "0.png", PixelFormat(1))
    assert (gray.mode, gray.getpixel((0, 0))) == ("L", 20)


def test_a_root_beside_the_spec_or_below_the_working_directory(
    folder: Path,
    segmentation: dict[str, Any],
    make_spec: Callable[..., Spec],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder.parent)
    assert len(open_data(make_spec(segmentation), tmp_path / "elsewhere").train) == 5


def test_a_missing_folder_names_the_places_tried(opened: Opened, folder: Path) -> None:
    message = said(opened, root="nowhere")
    assert str(folder.parent / "nowhere") in message
    assert str(Path("nowhere").absolute()) in message


def test_a_pattern_that_finds_nothing_says_what_is_there(opened: Opened) -> None:
    message = said(opened, train={"images": "trian/*.png", "masks": "masks/{stem}.png"})
    assert "data.train.images" in message
    assert "trian/*.png" in message
    assert "`train/`" in message


def test_a_pattern_that_finds_no_pictures_says_so(opened: Opened, folder: Path) -> None:
    (folder / "train" / "notes.txt").write_text("hello")
    message = said(opened, train={"images": "train/*.txt", "masks": "masks/{stem}.png"})
    assert "1 files match that are no images" in message


@pytest.mark.parametrize("pattern", ["../set/train/*.png", "/etc/*.png", ""])
def test_patterns_stay_below_the_root(opened: Opened, pattern: str) -> None:
    assert "data.train.images" in said(opened, train={"images": pattern, "masks": "masks/{stem}.png"})


def test_a_link_out_of_the_root_is_refused(opened: Opened, folder: Path, tmp_path: Path) -> None:
    shutil.move(folder / "train" / "0.png", tmp_path / "outside.png")
    (folder / "train" / "0.png").symlink_to(tmp_path / "outside.png")
    assert "outside" in said(opened)


def test_a_mask_template_is_no_format_string(opened: Opened) -> None:
    message = said(opened, train={"images": "train/*.png", "masks": "{stem.__class__}/{stem}.png"})
    assert "{stem.__class__}/0.png" in message


def test_images_without_masks_are_counted_and_the_first_named(opened: Opened, folder: Path) -> None:
    for number in range(4):
        (folder / "masks" / f"{number}.png").unlink()
    message = said(opened)
    assert "4 of 5 images have no mask" in message
    assert "`train/0.png`, `train/1.png`, `train/2.png` and 1 more" in message


def test_a_mask_of_another_size_names_both_files_and_sizes(opened: Opened, folder: Path) -> None:
    Image.new("L", (5, 4)).save(folder / "masks" / "2.png")
    message = said(opened)
    assert "masks/2.png` is 4x5" in message
    assert "train/2.png` is 8x12" in message


def test_a_mask_value_out_of_range_names_file_value_and_classes(opened: Opened, folder: Path) -> None:
    mask = np.array(Image.open(folder / "masks" / "6.png"))
    mask[3, 3:5] = 77
    Image.fromarray(mask).save(folder / "masks" / "6.png")
    message = said(opened)
    assert "masks/6.png` has 2 pixels of value 77" in message
    assert "with 2 classes values are 0 to 1 or 9 (ignored)" in message


def test_masks_that_are_ignored_altogether_teach_nothing(opened: Opened, folder: Path) -> None:
    for mask in (folder / "masks").iterdir():
        Image.new("L", (12, 8), 9).save(mask)
    assert "none of the 5 masks" in said(opened)


def test_a_truncated_mask_is_named(opened: Opened, folder: Path) -> None:
    path = folder / "masks" / "3.png"
    path.write_bytes(path.read_bytes()[:50])
    assert "masks/3.png` is damaged" in said(opened)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_truncated_image_is_named_without_a_traceback(opened: Opened, folder: Path, workers: int) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (8, 12, 3))
    path = folder / "train" / "3.png"
    Image.fromarray(noise.astype(np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:-40])
    data = opened()  # the header is whole: only decoding shows it
    batches = open_batches(data.train, Loading(size=(8, 12), batch_size=2, workers=workers))
    with pytest.raises(WorldError, match="damaged") as caught:
        list(batches.epoch())
    assert "train/3.png" in caught.value.message
    assert "Traceback" not in str(caught.value)
    assert caught.value.help


def test_a_file_that_vanishes_under_the_run_is_named(opened: Opened, folder: Path) -> None:
    data = opened()
    (folder / "train" / "4.png").unlink()
    with pytest.raises(WorldError, match=r"4\.png"):
        list(open_batches(data.train, Loading(size=(8, 12), batch_size=5, workers=0)).epoch())


def test_channels_that_the_images_have_not(
    folder: Path, segmentation: dict[str, Any], make_spec: Callable[..., Spec]
) -> None:
    data = open_data(make_spec(segmentation, channels=2), folder.parent)
    with pytest.raises(WorldError, match=r"has \d channels; the model takes 2"):
        data.train.load(0)


def test_real_camvid(shared_data: Path, make_spec: Callable[..., Spec]) -> None:
    data = make_spec(
        {
            "kind": "segmentation",
            "root": str(shared_data / "camvid"),
            "train": {"images": "train/*.jpg", "masks": "trainannot/{stem}.png"},
            "valid": {"images": "val/*.jpg", "masks": "valannot/{stem}.png"},
            "classes": [f"c{i}" for i in range(11)],
            "ignore": 11,
        },
        size=[60, 80],
    )
    camvid = open_data(data, shared_data)
    assert (len(camvid.train), len(camvid.valid)) == (367, 101)
    assert min(camvid.class_counts) > 100_000
    batch = next(open_batches(camvid.valid, Loading(size=camvid.size, batch_size=4)).epoch())
    assert batch.inputs["image"].shape == (4, 3, 60, 80)
    assert set(batch.target.unique().tolist()) <= {*range(11), VOID}
