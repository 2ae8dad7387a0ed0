"""Random changes: image and mask move together, and what is drawn depends on the key alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from archc.data.augment import GRAY, UNCHANGED, Change, applied, draw, moved
from archc.data.color import Colors, recolored
from archc.data.examples import ONLY, VOID, Raw
from archc.data.randomness import Purpose, generator
from archc.spec.data import Augment

STRONG = Augment(
    horizontal_flip=0.5,
    vertical_flip=0.5,
    scale=(0.6, 2.0),
    rotate=30.0,
    translate=0.2,
    brightness=0.3,
    contrast=0.3,
    saturation=0.5,
    hue=0.1,
)


def twins(height: int = 40, width: int = 60) -> Raw:
    """An image that is its own mask: smooth ground, one block of 200 in it."""
    mask = np.zeros((height, width), dtype=np.uint8)
    mask[5:20, 10:45] = 200
    image = Image.fromarray(np.stack([mask] * 3, axis=-1))
    return Raw({"image": image}, {ONLY: Image.fromarray(mask)})


def random(*key: int) -> np.random.Generator:
    return generator(7, Purpose.AUGMENT, *key)


@pytest.mark.parametrize("index", range(20))
def test_masks_move_with_their_images(index: int) -> None:
    geometry = Augment(horizontal_flip=0.5, vertical_flip=0.5, scale=(0.6, 2.0), rotate=30.0, translate=0.2)
    changed = applied([draw(geometry, random(0, index))], twins(), (50, 70))
    image = np.array(changed.inputs["image"])[..., 0].astype(int)
    mask = np.array(changed.mask)
    assert image.shape == mask.shape == (50, 70)
    assert set(np.unique(mask)) <= {0, 200, VOID}
    # Edges are blurred in the image alone; elsewhere the two agree.
    assert np.mean(np.abs(image - mask)[mask != VOID] < 60) > 0.93
    void = mask == VOID
    assert np.mean(np.abs(image[void] - GRAY) <= 130) == 1
    if void.sum() > 100:
        assert np.mean(image[void] == GRAY) > 0.7


def test_unchanged_is_a_plain_resize() -> None:
    raw = twins()
    same = applied([UNCHANGED], raw, (20, 30))
    assert np.array_equal(
        same.inputs["image"], raw.inputs["image"].resize((30, 20), Image.Resampling.BILINEAR)
    )
    assert raw.mask is not None
    assert np.array_equal(np.array(same.mask), raw.mask.resize((30, 20), Image.Resampling.NEAREST))


def test_mirror_flip_zoom_and_shift_do_what_they_say() -> None:
    picture = Image.fromarray(np.arange(24, dtype=np.uint8).reshape(4, 6))
    nearest = Image.Resampling.NEAREST

    def made(change: Change) -> list[list[int]]:
        result: list[list[int]] = np.array(moved(change, picture, (4, 6), nearest, VOID)).tolist()
        return result

    rows = np.arange(24).reshape(4, 6)
    assert made(Change(mirror=True)) == rows[:, ::-1].tolist()
    assert made(Change(flip=True)) == rows[::-1].tolist()
    assert made(Change(degrees=180.0)) == rows[::-1, ::-1].tolist()
    assert made(Change(zoom=2.0, place=(0.0, 0.0)))[0] == [0, 0, 1, 1, 2, 2]
    assert made(Change(zoom=2.0, place=(1.0, 1.0)))[3] == [21, 21, 22, 22, 23, 23]
    assert made(Change(shift=(0.25, 0.0)))[:2] == [[VOID] * 6, rows[0].tolist()]
    half = np.array(made(Change(zoom=0.5, place=(0.0, 0.0))))
    assert (half == VOID).sum() == 24 - 6
    assert half[0, 0] != VOID


def test_a_turn_is_counterclockwise() -> None:
    picture = np.zeros((41, 41), dtype=np.uint8)
    picture[18:23, 35:] = 255  # on the right
    turned = np.array(
        moved(Change(degrees=90.0), Image.fromarray(picture), (41, 41), Image.Resampling.NEAREST, 0)
    )
    assert turned[:5, 18:23].mean() > 200  # now on top


@pytest.mark.parametrize(
    ("slant", "top"), [(45.0, "right"), (-45.0, "left"), (20.0, "right"), (-20.0, "left")]
)
def test_a_slant_moves_what_lies_above_the_middle(slant: float, top: str) -> None:
    picture = np.zeros((41, 81), dtype=np.uint8)
    picture[:, 40] = 255
    image = Image.fromarray(picture)
    slanted = np.array(moved(Change(slant=slant), image, (41, 81), Image.Resampling.NEAREST, 0))
    places = slanted.argmax(1)
    away = round(20 * math.tan(math.radians(abs(slant))))
    assert abs(places[20] - 40) <= 1
    assert abs(places[0] - (40 + away if top == "right" else 40 - away)) <= 1
    assert abs(places[40] - (40 - away if top == "right" else 40 + away)) <= 1


def test_slants_are_drawn_to_both_sides_alike() -> None:
    slants = [draw(Augment(shear=10.0), random(0, index)).slant for index in range(500)]
    assert -10 <= min(slants) < -9
    assert 9 < max(slants) <= 10
    assert 200 < sum(slant < 0 for slant in slants) < 300


def test_draws_depend_on_seed_epoch_and_number_alone() -> None:
    first = [draw(STRONG, random(epoch, index)) for epoch in range(3) for index in range(5)]
    np.random.seed(1)
    assert first == [draw(STRONG, random(epoch, index)) for epoch in range(3) for index in range(5)]
    assert len(set(first)) == 15


def test_switching_one_change_on_leaves_the_others_as_drawn() -> None:
    plain = draw(Augment(horizontal_flip=0.5, rotate=10.0), random(0, 3))
    more = draw(Augment(horizontal_flip=0.5, rotate=10.0, scale=(1.0, 2.0), hue=0.1), random(0, 3))
    assert (plain.mirror, plain.degrees) == (more.mirror, more.degrees)


def test_draws_stay_within_what_was_asked() -> None:
    changes = [draw(STRONG, random(0, index)) for index in range(500)]
    assert all(0.6 <= c.zoom <= 2.0 and abs(c.degrees) <= 30 for c in changes)
    assert all(abs(s) <= 0.2 for c in changes for s in c.shift)
    assert 200 < sum(c.mirror for c in changes) < 300
    assert all(0.7 <= c.colors.brightness <= 1.3 and abs(c.colors.turn) <= 0.1 for c in changes)


def test_nothing_asked_is_nothing_done() -> None:
    change = draw(Augment(), random(0, 0))
    assert (change.mirror, change.flip, change.zoom, change.degrees) == (False, False, 1.0, 0.0)
    assert change.shift == (0.0, 0.0)
    assert change.colors == Colors()


def one(color: tuple[int, ...], colors: Colors, mode: str = "RGB") -> tuple[int, ...]:
    pixel = recolored(Image.new(mode, (2, 2), color), colors).getpixel((0, 0))
    return pixel if isinstance(pixel, tuple) else (int(pixel or 0),)


def test_colors() -> None:
    assert one((100, 50, 20), Colors(brightness=1.5)) == (150, 75, 30)
    assert one((100, 50, 20), Colors(brightness=4.0)) == (255, 200, 80)
    gray = one((100, 50, 20), Colors(saturation=0.0))
    assert max(gray) - min(gray) <= 1
    assert abs(gray[0] - 61) <= 1  # 0.299 * 100 + 0.587 * 50 + 0.114 * 20
    assert one((80, 80, 80), Colors(contrast=0.5, turn=0.3)) == (80, 80, 80)
    assert one((100,), Colors(brightness=1.5), "L") == (150,)
    assert one((100, 50, 20, 77), Colors(brightness=1.5), "RGBA") == (150, 75, 30, 77)
    red = one((200, 50, 50), Colors(turn=1 / 3))
    assert red[0] < max(red[1], red[2])


def test_contrast_keeps_the_mean_and_scales_the_distance() -> None:
    pixels = np.repeat(np.array([[60, 140]], dtype=np.uint8)[..., None], 3, axis=-1)
    changed = np.array(recolored(Image.fromarray(pixels), Colors(contrast=0.5)))
    assert changed[0, :, 0].tolist() == [80, 120]
