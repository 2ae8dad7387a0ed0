"""The pixels that a model is to take, by the headers of some images and the values of a few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from pathlib import Path
from statistics import median_low
from typing import Any

from archc.files.errors import WorldError
from archc.files.image_header import Header, image_header
from archc.init.tree import sampled
from archc.spec.pixels import RANGES

_SAMPLE = 200
_MOST_READ = 40
_BUDGET = 60_000_000
"""Pixels of images whose values are read."""
_ROUNDED = {"float16": "float32", "float64": "float32"}
"""Read as float32."""
_ONE_BAND = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
"""Pillow's modes that hold every bit of a sample."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Usual size, and the channels and dtype that all images can be read with.

    Also the smallest and largest value of those that were looked into, if any.
    """

    size: tuple[int, int]
    channels: int
    dtype: str
    values: tuple[float, float] | None
    read: int


def samples_of(files: list[Path]) -> Samples:
    """Return what some of the images have.

    Raises:
        WorldError: none of them can be read, or no model takes all of them.
    """
    tried = sampled(files, _SAMPLE)
    headers = {path: header for path in tried if (header := image_header(path))}
    if not headers:
        raise WorldError(
            f"none of {len(tried):,} images that were looked at can be read, such as `{tried[0]}`",
            "are they damaged, or of another format than their suffix says?",
        )
    dtype = _dtype(headers)
    size = median_low(h.height for h in headers.values()), median_low(h.width for h in headers.values())
    channels = _channels(list(headers.values()))
    values, read = _extremes(headers) if dtype != "uint8" else (None, 0)
    return Samples(size, channels, dtype, values, read)


def _dtype(headers: dict[Path, Header]) -> str:
    dtypes = Counter(_ROUNDED.get(header.dtype, header.dtype) for header in headers.values())
    for path, header in headers.items():
        if _ROUNDED.get(header.dtype, header.dtype) not in RANGES:
            said = header.dtype if header.dtype != "?" else "unusual"
            raise WorldError(
                f"the images have {said} pixels, such as `{path}`",
                f"convert them to one of: {', '.join(RANGES)}",
            )
    if len(dtypes) > 1:
        said = ", ".join(f"{count:,} of {dtype}" for dtype, count in dtypes.most_common())
        raise WorldError(f"the images have pixels of several depths: {said}", "convert them all to one")
    return dtypes.popitem()[0]


def _channels(headers: Sequence[Header]) -> int:
    """Return what all can be read with.

    Of 8 bits gray or color, of others as many samples as the files have.
    """
    if all(h.dtype == "uint8" and h.format != "NPY" and h.channels in (1, 3) for h in headers):
        return 1 if all(header.channels == 1 for header in headers) else 3
    samples = {header.samples for header in headers}
    if len(samples) > 1:
        said = ", ".join(map(str, sorted(samples)))
        raise WorldError(f"the images have {said} channels", "convert them all to one number of channels")
    return samples.pop()


def _extremes(headers: dict[Path, Header]) -> tuple[tuple[float, float] | None, int]:
    """Return the extremes of a few images, and their number; of images of one band, as Pillow reads them."""
    try:
        from PIL import Image
    except ImportError:
        return None, 0
    budget = _BUDGET
    found: list[tuple[float, float]] = []
    for path in sampled([p for p, h in headers.items() if h.samples == 1 and h.format != "NPY"], _MOST_READ):
        budget -= headers[path].height * headers[path].width
        if budget < 0:
            break
        try:
            with Image.open(path, formats=(headers[path].format,)) as image:
                found += _finite(image)
        except (OSError, ValueError, SyntaxError, TypeError, Image.DecompressionBombError):
            continue
    if not found:
        return None, 0
    return (min(low for low, _ in found), max(high for _, high in found)), len(found)


def _finite(image: Any) -> Iterable[tuple[float, float]]:
    """Return the image's extremes, if its samples are whole and finite."""
    if image.mode not in _ONE_BAND:
        return ()
    low, high = image.getextrema()
    return ((low, high),) if float("-inf") < low <= high < float("inf") else ()


def range_lines(dtype: str, values: tuple[float, float] | None, read: int) -> list[str]:
    """Return the line of a spec that says which values become 0 and 1, where the usual ones fit badly.

    What lies beyond a range is not cut: an image with other values than those that were looked into loses
    nothing. Where none were, the line is a remark.
    """
    low, high = RANGES[dtype]
    if values is None:
        return [f"# range = [{low:g}, {high:g}] # the values that become 0 and 1: say those of the data here"]
    seen = f"# these become 0 and 1: {read:,} images hold {values[0]:g} to {values[1]:g}"
    if dtype == "uint16":
        bits = max(8, int(values[1]).bit_length())
        return [f"range = [0, {(1 << bits) - 1}] {seen}"] if bits < 16 else []
    inside = dtype == "float32" and low <= values[0] and values[1] <= high
    return [] if inside else [f"range = [{_outward(values)}] {seen}"]


def _outward(values: tuple[float, float]) -> str:
    """Return both ends moved away from each other to two digits of their distance, never equal."""
    distance = values[1] - values[0]
    step = 10.0 ** (floor(log10(distance)) - 1) if distance > 0 else 1.0
    low, high = floor(values[0] / step) * step, ceil(values[1] / step) * step
    return f"{low:.9g}, {high if high > low else low + 1:.9g}"
