"""An image as a model file describes it, and image files made into what the model takes.

Files are read by `archc.images`, as training reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from archc.images.pixels import PixelFormat, Pixels, as_array, resized
from archc.images.reading import read_image
from archc.runtime import told
from archc.spec.pixels import RANGES

Array = npt.NDArray[Any]
Size = tuple[int, int]
"""Height and width in pixels."""

LARGEST_AREA = 80_000_000
"""Pixels of an image that archc reads, which one brought to a model's size must not exceed."""
_MOST_CHANNELS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ImageInput:
    """An image: its name, its size in pixels, its channels, and how it is normalized.

    Attributes:
        dtype, range: of its samples, and the values that become 0.0 and 1.0; files of older versions do not
            say, and mean bytes.
    """

    name: str
    height: int
    width: int
    channels: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    dtype: str = "uint8"
    range: tuple[float, float] = RANGES["uint8"]

    @property
    def pixels(self) -> PixelFormat:
        """The pixels that its files must have."""
        return PixelFormat(self.channels, self.dtype, self.range)

    def shape(self, preprocess: bool) -> tuple[int, ...]:
        """Return its shape without the batch: `(H, W, C)` where the model preprocesses, else `(C, H, W)`."""
        size = (self.height, self.width)
        return (*size, self.channels) if preprocess else (self.channels, *size)


def parsed(entry: Mapping[str, Any]) -> ImageInput:
    """Return the image that an entry of `archc.input` describes; the errors are those of `told`."""
    height, width = map(told.side, told.of(list, entry["size"]))
    channels = told.of(int, entry["channels"])
    mean, std = (tuple(map(told.finite, told.of(list, entry[key]))) for key in ("mean", "std"))
    dtype = told.of(str, entry.get("dtype", "uint8"))
    low, high = map(told.finite, entry.get("range", RANGES[dtype]))
    fits = height * width <= LARGEST_AREA and 1 <= channels <= _MOST_CHANNELS and low < high
    if not (fits and len(mean) == len(std) == channels and all(std)):
        raise ValueError(entry)
    return ImageInput(told.name(entry["name"]), height, width, channels, mean, std, dtype, (low, high))


Load = Callable[[Path, PixelFormat], Pixels]
"""A function that makes an image of a path, or of what the path stands for."""


def read(
    given: ImageInput, path: Path, multiple: int | None, preprocess: bool, load: Load = read_image
) -> tuple[Array, Size]:
    """Return a file as the model takes it, without the batch, and the height and width that it has itself.

    It is `(H, W, C)` of the input's dtype where the model preprocesses, else float32 `(C, H, W)`.

    Args:
        multiple: what divides the size that the image keeps, or nearly keeps; None brings it to the model's.

    Raises:
        WorldError: the file cannot be read, or is not of the pixels that the model takes.
    """
    image = load(path, given.pixels)
    own = (image.height, image.width)
    size = (given.height, given.width)
    if multiple is not None:
        size = (_nearest(own[0], multiple), _nearest(own[1], multiple))
    return prepared(image, given, size, preprocess), own


def _nearest(side: int, multiple: int) -> int:
    """Return the multiple nearest to the side."""
    return max(round(side / multiple), 1) * multiple


def prepared(image: Pixels, given: ImageInput, size: Size, preprocess: bool) -> Array:
    """Return the array for one image at `size`, without the batch.

    `(H, W, C)` of the input's dtype where the model preprocesses, else float32 `(C, H, W)`, normalized.
    Resizing is bilinear with the pixels between averaged, as in training.
    """
    pixels = as_array(resized(image, size))
    if preprocess:
        return pixels
    mean, std = np.array(given.mean, np.float32), np.array(given.std, np.float32)
    low, high = (np.float32(value) for value in given.pixels.span)
    normalized = ((pixels.astype(np.float32) - low) / (high - low) - mean) / std
    return np.ascontiguousarray(normalized.transpose(2, 0, 1))
