"""Looking at every mask before training: a wrong value poisons a GPU's context, or is silently not learnt."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from archc.data.images import read_mask
from archc.data.segmentation import Pair, sizes_differ
from archc.data.workers import cores
from archc.files import WorldError
from archc.images.reading import image_size


def count_classes(pairs: Sequence[Pair], classes: int, ignore: int | None) -> tuple[int, ...]:
    """Pixels of each class over all masks, the ignored value left out.

    Raises:
        WorldError: a mask is not a mask, is of another size than its image, or holds a value that is neither
            a class nor `ignore`; the first such pair in order is named.
    """
    totals = [0] * classes
    # Threads, not processes: Pillow decodes without the interpreter's lock, and there is nothing to send.
    with ThreadPoolExecutor(cores()) as threads:
        for histogram in threads.map(lambda pair: _checked(pair, classes, ignore), pairs):
            totals = [total + count for total, count in zip(totals, histogram, strict=False)]
    if not any(totals):
        raise WorldError(f"none of the {len(pairs)} masks has a pixel that is not ignored")
    return tuple(totals)


def _checked(pair: Pair, classes: int, ignore: int | None) -> list[int]:
    mask = read_mask(pair.mask)
    size = image_size(pair.image)
    if mask.size != size:
        raise sizes_differ(pair, size, mask.size)
    histogram = mask.histogram()
    wrong = [v for v, count in enumerate(histogram) if count and v >= classes and v != ignore]
    if wrong:
        raise _out_of_range(pair, wrong, histogram[wrong[0]], classes, ignore)
    if ignore is not None:
        histogram[ignore] = 0
    return histogram[:classes]


def _out_of_range(pair: Pair, wrong: list[int], pixels: int, classes: int, ignore: int | None) -> WorldError:
    others = f" and {len(wrong) - 1} other values" if len(wrong) > 1 else ""
    allowed = f"0 to {classes - 1}" + ("" if ignore is None else f" or {ignore} (ignored)")
    return WorldError(
        f"mask `{pair.mask}` has {pixels} pixels of value {wrong[0]}{others}; with {classes} classes"
        f" values are {allowed}",
        f"name its class in data.classes, or set data.ignore = {wrong[0]}",
    )
