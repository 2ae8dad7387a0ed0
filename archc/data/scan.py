"""Look at every mask before training: a wrong value poisons a GPU's context, or silently is not learned."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from archc.data.faults import together
from archc.data.kinds.segmentation import Pair, sizes_differ
from archc.data.masks import read_mask
from archc.data.workers import cores
from archc.files.errors import WorldError
from archc.images.reading import image_size
from archc.plan.mask_values import MaskMeaning


def count_classes(pairs: Sequence[Pair], meaning: MaskMeaning) -> tuple[int, ...]:
    """Count the pixels of each class over all masks, the ignored ones left out.

    Raises:
        WorldError: a mask is not a mask, is of another size than its image, or holds a pixel that is neither
            of a class nor ignored. The first few such pairs are named.
    """
    totals = [0] * len(meaning.classes)
    faults: list[WorldError] = []
    # Threads, not processes: Pillow decodes without the interpreter's lock, and there is nothing to send.
    with ThreadPoolExecutor(cores()) as threads:
        for found in threads.map(lambda pair: _checked(pair, meaning), pairs):
            if isinstance(found, WorldError):
                faults.append(found)
            else:
                totals = [total + count for total, count in zip(totals, found, strict=False)]
    if faults:
        raise together(faults, len(pairs), "images and masks cannot be used", "mend them, or take them out")
    if not any(totals):
        raise WorldError(f"none of the {len(pairs)} masks has a pixel that is not ignored")
    return tuple(totals)


def _checked(pair: Pair, meaning: MaskMeaning) -> list[int] | WorldError:
    try:
        return _counted(pair, meaning)
    except WorldError as error:
        return error


def _counted(pair: Pair, meaning: MaskMeaning) -> list[int]:
    mask = read_mask(pair.mask, meaning)
    size = image_size(pair.image)
    if mask.size != size:
        raise sizes_differ(pair, size, mask.size)
    return mask.histogram()[: len(meaning.classes)]
