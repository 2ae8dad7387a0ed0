"""Random changes of training images."""

from __future__ import annotations

from typing import Annotated

from archc.spec.fields import Chance, Doc, Interval, NonNegativeFloat, PositiveFloat, Table
from archc.spec.frozen import named


@named
class Augment(Table):
    """Random changes of the training images, drawn anew each time; masks move with their images."""

    horizontal_flip: Annotated[Chance, Doc("Probability of mirroring left and right.")] = 0.0
    vertical_flip: Annotated[Chance, Doc("Probability of mirroring up and down.")] = 0.0
    scale: Annotated[
        tuple[PositiveFloat, PositiveFloat] | None,
        Doc(
            "Zoom range of a random crop of the input's size: 1.0 is the whole image, 2.0 its half.",
            ((1.0, 2.0),),
        ),
    ] = None
    rotate: Annotated[float, Interval(ge=0, le=180), Doc("Largest turn either way, in degrees.")] = 0.0
    translate: Annotated[Chance, Doc("Largest shift, as a fraction of the size.")] = 0.0
    shear: Annotated[float, Interval(ge=0, le=60), Doc("Largest slant either way, in degrees.")] = 0.0
    fill: Annotated[
        int, Interval(ge=0, le=255), Doc("What lies outside of the image: 0 black, 255 white.")
    ] = 128
    brightness: Annotated[NonNegativeFloat, Doc("0.2 multiplies by 0.8 to 1.2.")] = 0.0
    contrast: NonNegativeFloat = 0.0
    saturation: NonNegativeFloat = 0.0
    hue: Annotated[
        float, Interval(ge=0, le=0.5), Doc("Largest turn either way, as a share of the circle of hues.")
    ] = 0.0


AS_IT_IS = Augment()
"""No random changes."""
