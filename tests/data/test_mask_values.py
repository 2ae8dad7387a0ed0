"""Masks whose pixels are no class numbers: values, colors, palettes, depths, splits by list and by share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from archc.data.datasets import Datasets
from archc.data.examples import VOID
from archc.data.masks import read_mask
from archc.files.errors import WorldError
from archc.plan.mask_values import MaskMeaning

Opened = Callable[..., Datasets]

PLAIN = np.array([[0, 0, 1], [2, 2, 1]], dtype=np.uint8)
"""Class numbers of a mask of three classes."""
NAMES = ("none", "leaf", "rust")
COLORS = ((0x000000,), (0x00FF00,), (0xFF8000,))


def numbered(*values: tuple[int, ...], ignored: tuple[int, ...] = ()) -> MaskMeaning:
    return MaskMeaning(NAMES[: len(values)], values, ignored, False)


def told(path: Path, meaning: MaskMeaning) -> str:
    with pytest.raises(WorldError) as caught:
        read_mask(path, meaning)
    return f"{caught.value.message}; {caught.value.help}"


def kept(tmp_path: Path, pixels: NDArray[Any], mode: str | None = None, suffix: str = ".png") -> Path:
    path = tmp_path / f"mask{suffix}"
    if suffix == ".npy":
        np.save(path, pixels)
        return path
    image = Image.fromarray(pixels)
    image = image.quantize(8) if mode == "P" else image.convert(mode) if mode else image
    image.save(path)
    return path


def in_color(numbers: NDArray[np.uint8]) -> NDArray[np.uint8]:
    table = np.array([[0, 0, 0], [0, 255, 0], [255, 128, 0]], dtype=np.uint8)
    return np.asarray(table[numbers], dtype=np.uint8)


@pytest.mark.parametrize("values", [(0, 1, 2), (1, 2, 3), (0, 128, 255), (7, 3, 100)])
@pytest.mark.parametrize(
    ("dtype", "suffix"),
    [
        (np.uint8, ".png"),
        (np.uint8, ".tif"),
        (np.uint8, ".bmp"),
        (np.uint16, ".png"),
        (np.uint16, ".tif"),
        (np.int32, ".npy"),
        (np.uint8, ".npy"),
        (">i8", ".npy"),
    ],
)
def test_numbers_of_any_depth(tmp_path: Path, values: tuple[int, ...], dtype: Any, suffix: str) -> None:
    path = kept(tmp_path, np.array(values, dtype=dtype)[PLAIN], suffix=suffix)
    mask = read_mask(path, numbered(*((value,) for value in values)))
    assert mask.mode == "L"
    assert np.array_equal(np.asarray(mask), PLAIN)


def test_numbers_beyond_a_byte(tmp_path: Path) -> None:
    path = kept(tmp_path, np.array([0, 300, 65535], dtype=np.uint16)[PLAIN])
    assert np.array_equal(np.asarray(read_mask(path, numbered((0,), (300,), (65535,)))), PLAIN)
    assert "65535" in told(path, numbered((0,), (300,)))


def test_one_bit(tmp_path: Path) -> None:
    path = kept(tmp_path, (PLAIN > 0).astype(np.uint8) * 255, "1")
    assert np.array_equal(np.asarray(read_mask(path, numbered((0,), (1,)))), PLAIN > 0)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_gray_that_was_saved_in_color(tmp_path: Path, mode: str) -> None:
    path = kept(tmp_path, np.array([0, 128, 255], dtype=np.uint8)[PLAIN], mode)
    assert np.array_equal(np.asarray(read_mask(path, numbered((0,), (128,), (255,)))), PLAIN)


def test_several_numbers_are_one_class_and_others_void(tmp_path: Path) -> None:
    path = kept(tmp_path, np.array([0, 4, 9], dtype=np.uint8)[PLAIN])
    mask = read_mask(path, numbered((0, 4), (5,), ignored=(9, 200)))
    assert np.array_equal(np.asarray(mask), np.array([0, 0, VOID])[PLAIN])


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif"])
def test_colors(tmp_path: Path, mode: str, suffix: str) -> None:
    if (mode, suffix) == ("RGBA", ".bmp"):
        pytest.skip("no such files")
    path = kept(tmp_path, in_color(PLAIN), mode, suffix)
    assert np.array_equal(np.asarray(read_mask(path, MaskMeaning(NAMES, COLORS, (), True))), PLAIN)


def test_a_palette_colors_numbers(tmp_path: Path) -> None:
    image = Image.fromarray(PLAIN)
    image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0] + [7] * 759)
    image.save(tmp_path / "mask.png")
    assert np.array_equal(np.asarray(read_mask(tmp_path / "mask.png", numbered((0,), (1,), (2,)))), PLAIN)
    colors = MaskMeaning(NAMES, ((0,), (0x800000,), (0x008000,)), (), True)
    assert np.array_equal(np.asarray(read_mask(tmp_path / "mask.png", colors)), PLAIN)


def test_an_unknown_color_is_named(tmp_path: Path) -> None:
    path = kept(tmp_path, in_color(PLAIN))
    said = told(path, MaskMeaning(NAMES[:2], COLORS[:2], (), True))
    assert "mask.png` has 2 pixels of color #ff8000; data.values knows #000000, #00ff00" in said
    assert 'data.ignore = "#ff8000"' in said


def test_colors_where_numbers_are_expected_are_listed(tmp_path: Path) -> None:
    said = told(kept(tmp_path, in_color(PLAIN)), numbered((0,), (1,), (2,)))
    assert "holds colors (#000000, #00ff00, #ff8000)" in said
    assert "data.values" in said


def test_masks_of_0_and_255_are_not_to_be_ignored(tmp_path: Path) -> None:
    said = told(kept(tmp_path, (PLAIN > 0).astype(np.uint8) * 255), numbered((0,), (1,)))
    assert "data.values = { none = 0, leaf = 255 }" in said
    assert "ignore" not in said


def test_lossy_masks_are_told_so(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 2, (32, 32), dtype=np.uint8) * 255
    assert "save masks as PNG" in told(kept(tmp_path, noise, suffix=".jpg"), numbered((0,), (255,)))


def test_negative_numbers_are_no_classes(tmp_path: Path) -> None:
    path = kept(tmp_path, PLAIN.astype(np.int32) - 1, suffix=".npy")
    assert "of value -1" in told(path, numbered((0,), (1,), (2,)))


@pytest.mark.parametrize(("mode", "said"), [("F", "float32"), ("CMYK", "CMYK")])
def test_neither_numbers_nor_colors(tmp_path: Path, mode: str, said: str) -> None:
    Image.new(mode, (3, 2)).save(tmp_path / "mask.tif")
    assert f"has {said} pixels, which are neither" in told(tmp_path / "mask.tif", numbered((0,), (1,)))


@pytest.fixture
def bright(folder: Path) -> Path:
    """The small set with masks of 0 and 255, and 9 in the first row."""
    for path in (folder / "masks").iterdir():
        pixels = np.asarray(Image.open(path)).copy()
        pixels[pixels == 1] = 255
        Image.fromarray(pixels).save(path)
    return folder


def test_data_with_values(bright: Path, opened: Opened) -> None:
    data = opened(values={"left": 0, "right": 255})
    assert data.class_counts == (5 * 7 * 6, 5 * 7 * 6)
    mask = data.train.load(0).mask
    assert mask is not None
    assert set(np.unique(np.asarray(mask)).tolist()) == {0, 1, VOID}


def test_the_order_of_values_is_not_that_of_classes(bright: Path, opened: Opened) -> None:
    mask = opened(values={"right": 255, "left": 0}).train.load(0).mask
    assert mask is not None
    assert mask.getpixel((11, 7)) == 1


def test_several_are_ignored(bright: Path, opened: Opened) -> None:
    data = opened(values={"left": 0, "right": 200}, ignore=[9, 255])
    assert data.class_counts == (5 * 7 * 6, 0)


FILES = {"images": "train/*.png", "masks": "masks/{stem}.png"}


@pytest.mark.parametrize("lines", ["0\n2\n", "0.png\ntrain/2.png\n", "\ufefftrain/0\n\n2.png\n"])
def test_a_list_says_which_images(folder: Path, opened: Opened, lines: str) -> None:
    (folder / "few.txt").write_text(lines, encoding="utf-8")
    data = opened(train=FILES | {"file": "few.txt"})
    assert [Path(data.train.name(i)).stem for i in range(len(data.train))] == ["0", "2"]


def test_only_listed_images_need_a_mask(folder: Path, opened: Opened) -> None:
    (folder / "masks" / "4.png").unlink()
    (folder / "few.txt").write_text("0\n1\n")
    assert len(opened(train=FILES | {"file": "few.txt"}).train) == 2


def test_a_list_of_others_is_an_error(folder: Path, opened: Opened) -> None:
    (folder / "few.txt").write_text("0\nnope\n")
    with pytest.raises(WorldError, match="lists images that are not in the data: `nope`"):
        opened(train=FILES | {"file": "few.txt"})


def test_a_list_of_nothing_is_an_error(folder: Path, opened: Opened) -> None:
    (folder / "few.txt").write_text("\n")
    with pytest.raises(WorldError, match=r"data.train.file: `few.txt` lists no image"):
        opened(train=FILES | {"file": "few.txt"})


def test_a_share_is_held_out_and_stays_the_same(opened: Opened) -> None:
    one, other = opened(valid=0.4), opened(valid=0.4)
    assert (len(one.train), len(one.valid)) == (3, 2)
    assert [one.valid.name(i) for i in range(2)] == [other.valid.name(i) for i in range(2)]
    names = {one.train.name(i) for i in range(3)} | {one.valid.name(i) for i in range(2)}
    assert len(names) == 5


def test_a_list_of_those_held_out(folder: Path, opened: Opened) -> None:
    (folder / "held.txt").write_text("3\n")
    data = opened(valid={"by": "file", "file": "held.txt"})
    assert [Path(data.valid.name(i)).stem for i in range(len(data.valid))] == ["3"]


def test_groups_stay_on_one_side(folder: Path, opened: Opened) -> None:
    data = opened(train=FILES | {"images": "*/*.png"}, valid=0.5, group="^(?P<group>[a-z]+)/")
    sides = [{Path(s.name(i)).parent.name for i in range(len(s))} for s in (data.train, data.valid)]
    assert sides[0].isdisjoint(sides[1])


def test_masks_beside_their_images_are_no_images(folder: Path, opened: Opened) -> None:
    for path in (folder / "masks").iterdir():
        path.rename(folder / "train" / f"{path.stem}_mask.png")
    for path in (folder / "valid").iterdir():
        path.rename(folder / "train" / path.name)
    data = opened(train={"images": "train/*.png", "masks": "train/{stem}_mask.png"}, valid=0.3)
    assert len(data.train) + len(data.valid) == 7
