"""Sheets of the data to look at: examples of every class, and what random changes make of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from archc.data.augment import UNCHANGED, applied, draw
from archc.data.datasets import Datasets
from archc.data.examples import VOID, Examples, Raw
from archc.data.facts import TargetFacts
from archc.data.inputs import Value
from archc.data.kinds.pairs import Drawn
from archc.data.randomness import Purpose, generator
from archc.files.atomic import replacing
from archc.files.errors import WorldError
from archc.images.pixels import Pixels, Planes, viewed
from archc.runtime.palette import colors
from archc.spec.data import Augment

SIDE = 128
"""Pixels of an image's longer side."""
ACROSS = 8
MARGIN, LINE = 6, 14
_VOID_COLOR = (0, 0, 0)


def contact_sheet(examples: Examples, facts: TargetFacts, count: int = 48) -> Image.Image:
    """Draw examples, spread evenly over the classes, each with its class below: an RGB image `(H, W, 3)`.

    Without classes they are spread over the data. Damaged ones are left out.
    """
    loaded = (_loaded(examples, number) for number in _spread(examples, count))
    return _grid([(_shown(raw), caption(raw, facts)) for raw in loaded if raw is not None], ACROSS)


def augmented_sheet(data: Datasets, augment: Augment, rows: int = 6) -> Image.Image:
    """Draw training examples as an RGB image `(H, W, 3)`, a row for each.

    A row shows the example unchanged, then seven draws of its random changes.
    """
    cells = []
    for number in _spread(data.train, rows):
        raw = _loaded(data.train, number)
        if raw is None:
            continue
        cells.append((_shown(applied([UNCHANGED], raw, data.size)), caption(raw, data.first)))
        for epoch in range(ACROSS - 1):
            draws = len(raw.inputs) if raw.apart else 1
            changes = [draw(augment, generator(0, Purpose.AUGMENT, epoch, number, i)) for i in range(draws)]
            cells.append((_shown(applied(changes, raw, data.size)), ""))
    return _grid(cells, ACROSS)


def write_sheet(path: Path, sheet: Image.Image) -> None:
    """Write the image `(H, W, 3)` as a PNG at `path`, atomically.

    Raises:
        WorldError: it cannot be written.
    """
    with replacing(path) as temporary:
        sheet.save(temporary, format="PNG")


def caption(raw: Raw, facts: TargetFacts) -> str:
    """Return what an example is of, in a few words."""
    target = next(iter(raw.targets.values()), None)
    if isinstance(target, int):
        return facts.classes[target]
    if isinstance(target, tuple) and facts.task == "multi_label":
        return ", ".join(name for name, yes in zip(facts.classes, target, strict=True) if yes) or "none"
    if isinstance(target, tuple):
        return ", ".join(f"{value:.4g}" for value in target)
    return ""


def _loaded(examples: Examples, number: int) -> Raw | None:
    try:
        return examples.load(number)
    except WorldError:
        return None


def _spread(examples: Examples, count: int) -> list[int]:
    """Return numbers of examples: of each class in turn where there are classes, else evenly over all."""
    labels = None if isinstance(examples, Drawn) else getattr(examples, "labels", None)
    if not labels:
        step = max(len(examples) / count, 1)
        return [int(i * step) for i in range(min(count, len(examples)))]
    members: dict[int, list[int]] = defaultdict(list)
    for number, label in enumerate(labels):
        members[label].append(number)
    classes = sorted(members)
    if len(classes) > count:  # as many classes as there is room for, evenly
        classes = [classes[int(i * len(classes) / count)] for i in range(count)]
    each = -(-count // len(classes))
    chosen = [_evenly(members[label], each) for label in classes]
    return [number for some in chosen for number in some][:count]


def _evenly(numbers: Sequence[int], count: int) -> list[int]:
    step = max(len(numbers) / count, 1)
    return [numbers[int(i * step)] for i in range(min(count, len(numbers)))]


def _shown(raw: Raw) -> Image.Image:
    """Return what there is to see of an example side by side, small; its mask over the first image."""
    images = [_seen(value) for value in raw.inputs.values()]
    target = next(iter(raw.targets.values()), None)
    if isinstance(target, Image.Image):
        mask = target.resize(images[0].size, Image.Resampling.NEAREST)
        images.append(Image.blend(images[0], _colored(mask), 0.6))
    whole = Image.new(
        "RGB", (sum(each.width for each in images) + 2 * (len(images) - 1), images[0].height), "white"
    )
    left = 0
    for image in images:
        whole.paste(image, (left, 0))
        left += image.width + 2
    return whole


def _seen(value: Value) -> Image.Image:
    match value:
        case Image.Image() | Planes():
            return _small(value)
        case _:
            assert_never(value)


def _small(pixels: Pixels) -> Image.Image:
    image = viewed(pixels)
    scale = SIDE / max(image.size)
    size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
    way = Image.Resampling.BILINEAR if scale < 1 else Image.Resampling.NEAREST
    return image.resize(size, way)


def _colored(mask: Image.Image) -> Image.Image:
    table = np.zeros((256, 3), dtype=np.uint8)
    table[:VOID] = np.array(colors(VOID), dtype=np.uint8)
    table[VOID] = _VOID_COLOR
    return Image.fromarray(table[np.asarray(mask)])


def _grid(cells: Sequence[tuple[Image.Image, str]], across: int) -> Image.Image:
    if not cells:
        raise WorldError("no image could be read", "`archc data` without --out says why")
    wide = max(image.width for image, _ in cells) + MARGIN
    high = max(image.height for image, _ in cells) + MARGIN + LINE
    rows = -(-len(cells) // across)
    sheet = Image.new("RGB", (across * wide + MARGIN, rows * high + MARGIN), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=11)
    for place, (image, text) in enumerate(cells):
        left, top = MARGIN + place % across * wide, MARGIN + place // across * high
        sheet.paste(image, (left, top))
        pen.text((left, top + image.height + 1), _cut(text, wide - MARGIN, font), "black", font=font)
    return sheet


def _cut(text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength("…" + text) > width:
        text = text[1:]  # the end tells more: paths begin alike
    return "…" + text
