"""An image as an input."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Channels, Doc, PositiveFloat, Size, Table
from archc.spec.frozen import named
from archc.spec.pixels import PixelType


@named
class ImageInput(Table):
    """An image that goes in."""

    kind: Literal["image"] = "image"
    size: Annotated[Size, Doc("[height, width] in pixels.", ([224, 224],))]
    channels: Channels = 3
    dtype: Annotated[
        PixelType,
        Doc(
            "The samples that image files must have: 8 or 16 bits, or floating point (PNG, TIFF, .npy). None "
            "are rescaled: a file of another dtype is refused, in training and by `archc predict`."
        ),
    ] = "uint8"
    range: Annotated[
        tuple[float, float] | None,
        Doc(
            "The sample values that become 0 and 1, before mean and std: [0, 4095] for 12 bits. Left out: "
            "[0, 255], [0, 65535], [0, 32767] for int16, [0, 1] for float32.",
            ([0, 4095], [-1000, 1000]),
        ),
    ] = None
    mean: Annotated[
        tuple[float, ...] | None,
        Doc(
            "Subtracted from each channel of an image of 0 to 1. Left out: what the body's weights were "
            "trained with; else ImageNet's for 3 channels of 8 bits, 0.5 for others."
        ),
    ] = None
    std: Annotated[tuple[PositiveFloat, ...] | None, Doc("Divides each channel; left out: like mean.")] = None
