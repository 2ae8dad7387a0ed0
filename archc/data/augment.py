"""Random changes of training images, and of their masks with them.

All geometry is Pillow's: one antialiased resize of a box, then, only where asked for, one turn and shift at
the final size. That is what torchvision.transforms.v2 would do here as well, and its import would cost each
process 9 s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np
from PIL import Image

from archc.data.color import AS_THEY_ARE, Colors, draw_colors, recolored
from archc.data.examples import VOID, Raw, Target
from archc.data.inputs import Value
from archc.data.inputs.image import Size
from archc.images.pixels import Pixels, Planes, each, of_bytes
from archc.spec.data import Augment

GRAY = 128
"""The value outside of an image unless the spec says else: near to zero once it is normalized."""


@dataclass(frozen=True, slots=True)
class Change:
    """One draw: applied to an image and to its mask it moves both alike.

    Attributes:
        zoom: 2.0 shows half the height and width; below 1 the whole lies within a margin.
        place: where the shown part lies in what is free, 0 to 1, for rows and columns.
        degrees: counterclockwise.
        slant: what lies above the middle goes to the right by it, in degrees.
        shift: rows and columns, as fractions of the size.
    """

    mirror: bool = False
    flip: bool = False
    zoom: float = 1.0
    place: tuple[float, float] = (0.5, 0.5)
    degrees: float = 0.0
    slant: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    colors: Colors = AS_THEY_ARE
    fill: int = GRAY


UNCHANGED = Change()


def draw(augment: Augment, random: np.random.Generator) -> Change:
    """Return a change as `augment` allows.

    The same numbers are taken whatever it asks for, so that switching one kind of change on leaves the others
    as they were drawn.
    """
    unit = [float(u) for u in random.random(14)]
    low, high = sorted(augment.scale or (1.0, 1.0))
    return Change(
        mirror=unit[0] < augment.horizontal_flip,
        flip=unit[1] < augment.vertical_flip,
        zoom=low * (high / low) ** unit[2],  # evenly in the logarithm: as often twice as half
        place=(unit[3], unit[4]),
        degrees=(2 * unit[5] - 1) * augment.rotate,
        slant=(2 * unit[13] - 1) * augment.shear,
        shift=((2 * unit[6] - 1) * augment.translate, (2 * unit[7] - 1) * augment.translate),
        colors=draw_colors(augment, unit[8:13]),
        fill=augment.fill,
    )


def applied(changes: Sequence[Change], raw: Raw, size: Size) -> Raw:
    """Return the example changed, at `size`: each input by its own change, or all by one.

    Masks follow the first input; they are sampled by nearest pixel and are `VOID` outside.
    """
    changes = changes if len(changes) == len(raw.inputs) else [changes[0]] * len(raw.inputs)
    named = zip(changes, raw.inputs.items(), strict=True)
    inputs = {name: _changed(change, value, size) for change, (name, value) in named}
    targets = {name: _followed(changes[0], target, size) for name, target in raw.targets.items()}
    return Raw(inputs, targets, raw.apart)


def _changed(change: Change, value: Value, size: Size) -> Value:
    match value:
        case Image.Image() | Planes():
            return _changed_image(change, value, size)
        case _:
            assert_never(value)


def _changed_image(change: Change, pixels: Pixels, size: Size) -> Pixels:
    outside = of_bytes(pixels, change.fill)
    made = each(pixels, lambda image: moved(change, image, size, Image.Resampling.BILINEAR, outside))
    return recolored(made, change.colors)


def _followed(change: Change, target: Target, size: Size) -> Target:
    if not isinstance(target, Image.Image):
        return target
    return moved(change, target, size, Image.Resampling.NEAREST, VOID)


def moved(
    change: Change, image: Image.Image, size: Size, resampling: Image.Resampling, outside: float
) -> Image.Image:
    """Return an image `(H, W)`, of any bands, at `size`, cropped, turned and mirrored as `change` says.

    `outside` fills what was not there.
    """
    image = _zoomed(change, image, size, resampling, outside)
    if change.degrees or change.slant or change.shift != (0.0, 0.0):
        coefficients = _turn_and_shift(change, size)
        image = image.transform(
            image.size, Image.Transform.AFFINE, coefficients, resampling, fillcolor=_fill(image, outside)
        )
    if change.mirror:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if change.flip:
        image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    return image


def _zoomed(
    change: Change, image: Image.Image, size: Size, resampling: Image.Resampling, outside: float
) -> Image.Image:
    height, width = size
    if change.zoom >= 1:
        shown = (image.height / change.zoom, image.width / change.zoom)
        top = (image.height - shown[0]) * change.place[0]
        left = (image.width - shown[1]) * change.place[1]
        # Rounding must not move the box outside of the image: Pillow refuses that.
        box = (left, top, min(left + shown[1], image.width), min(top + shown[0], image.height))
        return image.resize((width, height), resampling, box)
    rows, columns = max(round(height * change.zoom), 1), max(round(width * change.zoom), 1)
    canvas = Image.new(image.mode, (width, height), _fill(image, outside))
    at = (round((width - columns) * change.place[1]), round((height - rows) * change.place[0]))
    canvas.paste(image.resize((columns, rows), resampling), at)
    return canvas


def _fill(image: Image.Image, value: float) -> float | tuple[int, ...]:
    bands = len(image.getbands())
    if image.mode == "F":
        return value
    return int(value) if bands == 1 else (int(value),) * bands


def _turn_and_shift(change: Change, size: Size) -> tuple[float, ...]:
    """Return the affine map from a pixel of the result to a pixel of the image, about its middle."""
    height, width = size
    cos, sin = math.cos(math.radians(change.degrees)), math.sin(math.radians(change.degrees))
    row, column = height / 2, width / 2
    down, right = change.shift[0] * height, change.shift[1] * width
    slant = math.tan(math.radians(change.slant))
    a, b, d, e = cos + slant * sin, -sin + slant * cos, sin, cos  # the turn undone, then the slant
    c = column - a * (column + right) - b * (row + down)
    f = row - d * (column + right) - e * (row + down)
    return (a, b, c, d, e, f)
