"""The colors stay apart, with and without red, green or blue."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from archc.runtime.palette import colors

Array = npt.NDArray[np.float64]

# Linear-light simulations of complete color blindness (Machado, Oliveira and Fernandes, 2009).
SIGHTS = {
    "plain": np.eye(3),
    "without red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "without green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
}


def lab(color: tuple[int, int, int], sight: str) -> Array:
    value = np.array(color) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(SIGHTS[sight]) @ linear, 0, 1)
    to_xyz = [[0.41246, 0.35758, 0.18044], [0.21267, 0.71515, 0.07218], [0.01933, 0.11919, 0.9503]]
    x, y, z = np.array(to_xyz) @ seen / [0.95047, 1, 1.08883]
    fx, fy, fz = (np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


def least_distance(count: int, sight: str) -> float:
    points = np.array([lab(c, sight) for c in colors(count)])
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    return float(distances[~np.eye(count, dtype=bool)].min())


@pytest.mark.parametrize("sight", SIGHTS)
def test_eleven_classes_stay_apart(sight: str) -> None:
    assert least_distance(11, sight) > 20


@pytest.mark.parametrize("sight", SIGHTS)
def test_twenty_four_classes_can_be_told(sight: str) -> None:
    assert least_distance(24, sight) > 5


def test_more_classes_have_more_colors() -> None:
    assert len(set(colors(256))) == 256
    assert colors(5) == colors(300)[:5]
    assert len(colors(1000)) == 1000
    assert colors(0) == ()
