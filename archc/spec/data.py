"""Where examples come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from archc.spec.fields import (
    STRICT,
    Chance,
    Doc,
    Fraction,
    Interval,
    MaxLen,
    MinLen,
    Name,
    Natural,
    NonNegativeFloat,
    PositiveFloat,
    Tagged,
    Text,
)

Classes = Annotated[tuple[Name, ...], MinLen(1), MaxLen(255)]
"""Classes of 8-bit masks: the number 255 is kept for what is ignored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Augment:
    """Random changes of the training images, drawn anew each time; masks move with their images."""

    __pydantic_config__: ClassVar[Any] = STRICT

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
    brightness: Annotated[NonNegativeFloat, Doc("0.2 multiplies by 0.8 to 1.2.")] = 0.0
    contrast: NonNegativeFloat = 0.0
    saturation: NonNegativeFloat = 0.0
    hue: Annotated[
        float, Interval(ge=0, le=0.5), Doc("Largest turn either way, as a share of the circle of hues.")
    ] = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ImagesAndMasks:
    """Files of one split: a pattern for the images, and the mask of each."""

    __pydantic_config__: ClassVar[Any] = STRICT

    images: Annotated[
        Text, Doc("A pattern under `root`; `*` within a folder, `**` across.", ("train/*.jpg",))
    ]
    masks: Annotated[
        Text,
        Doc(
            "The mask's path under `root`; {stem} is the image's name without suffix.",
            ("trainannot/{stem}.png",),
        ),
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Segmentation:
    """Images with a mask each: 8-bit pictures whose pixel values are class numbers."""

    __pydantic_config__: ClassVar[Any] = STRICT

    kind: Literal["segmentation"] = "segmentation"
    root: Annotated[
        Text, MinLen(1), Doc("The data's folder, seen from the spec's own folder or the working directory.")
    ]
    train: ImagesAndMasks
    valid: ImagesAndMasks
    classes: Annotated[Classes, Doc("Class names in the order of their numbers in the masks.")]
    ignore: Annotated[
        Annotated[int, Interval(ge=0, le=255)] | None, Doc("A mask value that no loss and no metric sees.")
    ] = None
    augment: Augment = Augment()


@dataclass(frozen=True, kw_only=True, slots=True)
class Digits:
    """The 1,797 handwritten digits that come with scikit-learn: 8x8 grey pictures of 0 to 9."""

    __pydantic_config__: ClassVar[Any] = STRICT

    kind: Literal["digits"] = "digits"
    valid: Annotated[Fraction, Doc("The share held out, drawn evenly over the classes.")] = 0.2
    split_seed: Annotated[
        Natural, Doc("Which ones are held out. Apart from train.seed, so that runs compare on one split.")
    ] = 42
    augment: Augment = Augment()


Data = Annotated[Segmentation | Digits, Tagged("kind")]
