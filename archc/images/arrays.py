"""Arrays of samples `(H, W, C)`: read from `.npy` files, turned upright, checked."""

from __future__ import annotations

import os
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np

from archc.files.image_header import LONGEST_NPY_HEADER, NpyHeader
from archc.images import faults
from archc.images.pixels import Array


def read_npy(path: Path, file: BinaryIO, told: NpyHeader, dtype: str) -> Array:
    """Return the array of an `.npy` file as `(H, W, C)` of `dtype`; its size has been checked."""
    there = os.fstat(file.fileno()).st_size - told.offset
    wanted = prod(told.shape) * np.dtype(told.descr).itemsize
    if there < wanted:  # numpy would first make room for all that the header claims
        raise faults.damaged(path, f"it holds {there:,} of {wanted:,} bytes")
    file.seek(0)
    array: Array = np.lib.format.read_array(file, allow_pickle=False, max_header_size=LONGEST_NPY_HEADER)
    return finite(path, array.reshape(*array.shape[:2], -1), dtype)


def finite(path: Path, array: Array, dtype: str) -> Array:
    """Return `array`, of any shape, as `dtype` in native byte order.

    Raises:
        WorldError: a number is not finite.
    """
    with np.errstate(over="ignore"):  # a float64 that no float32 holds becomes infinite
        made: Array = array.astype(dtype, copy=False)
    if made.dtype.kind == "f" and not np.isfinite(made).all():
        raise faults.not_finite(path)
    return made


def upright(array: Array, orientation: int) -> Array:
    """Return `(H, W, C)` turned and mirrored as TIFF's orientation (1 to 8) says."""
    if orientation in (5, 6, 7, 8):
        array = array.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return array
