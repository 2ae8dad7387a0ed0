"""Every image of a data set looked at: what there is, and what looks wrong."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from archc.data.datasets import Datasets
from archc.data.examples import Examples, Raw, Target
from archc.data.kinds.pairs import Drawn
from archc.data.workers import cores
from archc.files.errors import WorldError
from archc.images.pixels import PixelFormat, Pixels, Planes, as_array
from archc.images.reading import image_mode, require_image

SMALL_SIDE = 16
"""An image with a shorter side than this is called tiny, unless most of them are."""

DAMAGED, OTHER = "damaged", "of other pixels than the model takes"
FAULTS = (DAMAGED, OTHER)
"""The words for faults that end a training."""

Split = Literal["train", "valid"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seen:
    """One image, as it was seen.

    `mode` is that of its file, `sums` and `squares` (C,) are of pixels of 0 to 1. A damaged image has only a
    `fault`; `other` is True where that is only that its pixels are not those that the model takes.
    """

    split: Split
    name: str
    size: tuple[int, int] = (0, 0)
    mode: str = ""
    gray: bool = False
    sums: tuple[float, ...] = ()
    squares: tuple[float, ...] = ()
    digest: str = ""
    targets: Mapping[str, tuple[float, ...]] | None = None
    fault: str = ""
    other: bool = False

    @property
    def pixels(self) -> int:
        return self.size[0] * self.size[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A survey of the data: counts, sizes and pixels of its images, and the files that look wrong.

    Attributes:
        readable: of these, the ones that could be read.
        counts: for each split and target, the images or pixels of each class; of numbers, their mean.
        sizes: height and width of each image that could be read.
        mean, std: of the training images' pixels, by channel, 0 to 1.
        suspicious: what is wrong, and the files it is wrong with.
        across, within: files with the same pixels, on both sides of the split, or on one.
    """

    images: Mapping[Split, int]
    readable: Mapping[Split, int]
    counts: Mapping[tuple[Split, str], tuple[float, ...]]
    sizes: tuple[tuple[int, int], ...]
    modes: Mapping[str, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    suspicious: Mapping[str, tuple[str, ...]]
    across: tuple[tuple[str, ...], ...]
    within: tuple[tuple[str, ...], ...]


def survey(data: Datasets) -> Survey:
    """Look at the data, every image decoded once. Of pairs, the images that they are drawn from."""
    classes = {name: len(facts.classes) for name, facts in data.targets.items()}
    seen: list[Seen] = []
    sides: tuple[tuple[Split, Examples], ...] = (("train", data.train), ("valid", data.valid))
    for split, examples in sides:
        source, wanted = images_of(examples, classes)
        with ThreadPoolExecutor(cores()) as threads:
            numbers = range(len(source))
            found = threads.map(lambda n, s=split, e=source, w=wanted: _seen(s, e, n, w), numbers)
            seen.extend(one for some in found for one in some)
    return summarized(seen)


def images_of(examples: Examples, classes: Mapping[str, int]) -> tuple[Examples, Mapping[str, int]]:
    """Return the images that examples are made of, and the number of classes of their targets."""
    if isinstance(examples, Drawn):
        return examples.of, {name: len(examples.members) for name in classes}
    return examples, classes


def summarized(seen: Sequence[Seen]) -> Survey:
    """Return the survey of images that were seen."""
    good = [one for one in seen if not one.fault]
    mean, std = _moments([one for one in good if one.split == "train"])
    across, within = _twins(good)
    return Survey(
        images={split: sum(one.split == split for one in seen) for split in ("train", "valid")},
        readable={split: sum(one.split == split for one in good) for split in ("train", "valid")},
        counts=_counts(good),
        sizes=tuple(one.size for one in good),
        modes=dict(Counter(one.mode for one in good).most_common()),
        mean=mean,
        std=std,
        suspicious=_suspicious(seen),
        across=across,
        within=within,
    )


def _seen(split: Split, examples: Examples, number: int, classes: Mapping[str, int]) -> list[Seen]:
    name = examples.name(number)
    try:
        raw = examples.load(number)
        return [_looked_at(split, name, image, raw, classes) for image in raw.inputs.values()]
    except WorldError as error:
        return [
            Seen(split, name, fault=error.message, other=_is_other(Path(name), examples.files(number).pixels))
        ]


def _is_other(path: Path, wanted: PixelFormat | None) -> bool:
    """Return whether a file is a sound image by its header, of pixels that the model does not take."""
    try:
        image_mode(path)
    except WorldError:
        return False
    try:
        if wanted is not None:
            require_image(path, wanted)
    except WorldError:
        return True
    return False


def _looked_at(split: Split, name: str, image: Pixels, raw: Raw, classes: Mapping[str, int]) -> Seen:
    pixels = as_array(image)
    sums, squares = _sums(image, pixels.reshape(-1, pixels.shape[2]))
    first = pixels[..., 0]
    gray = pixels.shape[2] >= 3 and all(np.array_equal(first, pixels[..., c]) for c in (1, 2))
    path = Path(name)
    return Seen(
        split,
        name,
        size=(image.height, image.width),
        mode=image_mode(path) if path.is_file() else "L",
        gray=gray,
        sums=sums,
        squares=squares,
        digest=hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest(),
        targets={key: _counted(target, classes[key]) for key, target in raw.targets.items()},
    )


def _sums(image: Pixels, flat: NDArray[Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the sums (C,) of the samples `(H * W, C)`, scaled to 0 to 1, and of their squares."""
    if flat.dtype == np.uint8:
        # Of bytes, sums stay exact in integers: 80 million pixels of 255 squared are far below 2 to the 63.
        whole, squared = flat.sum(0, dtype=np.int64), np.square(flat, dtype=np.int64).sum(0)
        return tuple((whole / 255).tolist()), tuple((squared / 255**2).tolist())
    low, high = image.format.span if isinstance(image, Planes) else (0.0, 1.0)
    scaled = (flat.astype(np.float64) - low) / (high - low)
    return tuple(scaled.sum(0).tolist()), tuple(np.square(scaled).sum(0).tolist())


def _counted(target: Target, classes: int) -> tuple[float, ...]:
    """Return images or pixels of each class; of numbers, the numbers."""
    if isinstance(target, tuple):
        return target
    if isinstance(target, int):
        return tuple(float(number == target) for number in range(classes))
    return tuple(map(float, target.histogram()[:classes]))


def _counts(good: Sequence[Seen]) -> dict[tuple[Split, str], tuple[float, ...]]:
    found: dict[tuple[Split, str], list[tuple[float, ...]]] = defaultdict(list)
    for one in good:
        for name, counts in (one.targets or {}).items():
            found[one.split, name].append(counts)
    return {key: tuple(np.sum(rows, axis=0).tolist()) for key, rows in found.items()}


def _moments(train: Sequence[Seen]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if not train:
        return (), ()
    pixels = sum(one.pixels for one in train)
    mean: Floats = np.sum([one.sums for one in train], axis=0) / pixels
    square: Floats = np.sum([one.squares for one in train], axis=0) / pixels
    return tuple(mean.tolist()), tuple(np.sqrt(np.maximum(square - mean**2, 0)).tolist())


def _suspicious(seen: Sequence[Seen]) -> dict[str, tuple[str, ...]]:
    """Return files by what is wrong with them; what is true of most images counts as no fault."""
    good = [one for one in seen if not one.fault]
    found = {
        DAMAGED: [f"{one.name}: {one.fault}" for one in seen if one.fault and not one.other],
        OTHER: [f"{one.name}: {one.fault}" for one in seen if one.other],
        "tiny": [one.name for one in good if min(one.size) < SMALL_SIDE],
        "gray among color": [one.name for one in good if one.gray],
        "of one color throughout": [one.name for one in good if _flat(one)],
    }
    most = len(good) / 2
    return {
        what: tuple(names) for what, names in found.items() if names and (what in FAULTS or len(names) < most)
    }


def _flat(one: Seen) -> bool:
    mean = np.array(one.sums) / one.pixels
    return bool(np.all(np.array(one.squares) / one.pixels - mean**2 < 1e-9))


def _twins(good: Sequence[Seen]) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    alike: dict[str, list[Seen]] = defaultdict(list)
    for one in good:
        alike[one.digest].append(one)
    groups = [group for group in alike.values() if len({one.name for one in group}) > 1]
    both = [group for group in groups if len({one.split for one in group}) > 1]
    same = [group for group in groups if len({one.split for one in group}) == 1]
    return tuple(map(_names, both)), tuple(map(_names, same))


def _names(group: Sequence[Seen]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.name for one in group))
