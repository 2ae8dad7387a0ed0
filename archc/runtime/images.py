"""Images into what a model takes. Files are read by `archc.images`, as training reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from archc.images.pixels import Pixels, as_array, resized
from archc.runtime.description import Picture


def prepared(image: Pixels, picture: Picture, size: tuple[int, int], preprocess: bool) -> npt.NDArray[Any]:
    """The array for one picture at `size` (height, width), without the batch.

    `(H, W, C)` of the picture's dtype where the model preprocesses, else float32 `(C, H, W)`, normalized.
    Resizing is bilinear with the pixels between averaged, as in training.
    """
    pixels = as_array(resized(image, size))
    if preprocess:
        return pixels
    mean, std = np.array(picture.mean, np.float32), np.array(picture.std, np.float32)
    low, high = (np.float32(value) for value in picture.pixels.span)
    normalized = ((pixels.astype(np.float32) - low) / (high - low) - mean) / std
    return np.ascontiguousarray(normalized.transpose(2, 0, 1))
