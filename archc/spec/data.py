"""Where examples come from."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.augment import AS_IT_IS, Augment
from archc.spec.fields import (
    Chance,
    Doc,
    Fraction,
    MaxLen,
    MinLen,
    Name,
    Natural,
    Positive,
    Table,
    Tagged,
    Text,
)
from archc.spec.frozen import named
from archc.spec.labeled import (
    ByColumn,
    ByFile,
    ByFolder,
    Digits,
    Group,
    Ignored,
    ImageCsv,
    ImageFolder,
    ImageRegex,
    Labeled,
    LabelTarget,
    Listed,
    MaskTarget,
    Root,
    SplitSeed,
    TagsTarget,
    Target,
    ValuesOfClasses,
    ValuesTarget,
)

Classes = Annotated[tuple[Name, ...], MinLen(1), MaxLen(255)]
"""Classes of masks, 8-bit once they are read: the number 255 is kept for what is ignored."""


@named
class ImagesAndMasks(Table):
    """Files of one split: a pattern for the images, and the mask of each."""

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
    others: Annotated[
        tuple[Text, ...],
        MaxLen(15),
        Doc(
            "Further images of the same place, for a model with several inputs: their paths under `root`.",
            (["after/{stem}.png"],),
        ),
    ] = ()
    file: Annotated[
        Annotated[Text, MinLen(1)] | None,
        Doc(
            "Of these images only those that a text file under `root` lists, one a line: a path under "
            "`root`, or a name with or without suffix.",
            ("ImageSets/Segmentation/train.txt",),
        ),
    ] = None


@named
class Segmentation(Table):
    """Images with a mask each: an image whose pixels say classes, by their numbers or as `values` has it."""

    kind: Literal["segmentation"] = "segmentation"
    root: Root
    train: ImagesAndMasks
    valid: Annotated[
        Fraction | Listed | ImagesAndMasks,
        Doc(
            "Files of their own; or of those of `train` a share, or which: by folder or by a file that lists "
            "them."
        ),
    ]
    split_seed: SplitSeed = 42
    group: Group = None
    classes: Annotated[Classes, Doc("Class names in the order of their numbers.")]
    values: ValuesOfClasses = None
    ignore: Ignored = None
    augment: Augment = AS_IT_IS


LabeledImages = Annotated[Labeled, Tagged("kind"), Doc("The images and their classes.")]


@named
class Pairs(Table):
    """Two images of one class or of two, from any data with one label an image: are they the same?

    For training they are drawn anew in each epoch; for validation once and for all. The classes of training
    and validation need not be the same ones.
    """

    kind: Literal["pairs"] = "pairs"
    of: LabeledImages
    same: Annotated[Chance, Doc("The share of pairs of one class.")] = 0.5
    train_pairs: Annotated[Positive | None, Doc("Pairs an epoch. Left out: as many as images.")] = None
    valid_pairs: Annotated[Positive | None, Doc("Left out: as many as validation images.")] = None
    valid_seed: Annotated[Natural, Doc("Which pairs are measured on, apart from train.seed.")] = 42
    augment: Annotated[Augment, Doc("Drawn for each image of a pair on its own.")] = AS_IT_IS


@named
class Triplets(Table):
    """An image, another of its class, and one of another class, drawn as pairs are."""

    kind: Literal["triplets"] = "triplets"
    of: LabeledImages
    train_triplets: Annotated[Positive | None, Doc("An epoch. Left out: as many as images.")] = None
    valid_triplets: Annotated[Positive | None, Doc("Left out: as many as validation images.")] = None
    valid_seed: Annotated[Natural, Doc("Which ones are measured on, apart from train.seed.")] = 42
    augment: Annotated[Augment, Doc("Drawn for each image on its own.")] = AS_IT_IS


Data = Annotated[Segmentation | Labeled | Pairs | Triplets, Tagged("kind")]

__all__ = [
    "Augment",
    "ByColumn",
    "ByFile",
    "ByFolder",
    "Classes",
    "Data",
    "Digits",
    "ImageCsv",
    "ImageFolder",
    "ImageRegex",
    "ImagesAndMasks",
    "LabelTarget",
    "Labeled",
    "MaskTarget",
    "Pairs",
    "Segmentation",
    "TagsTarget",
    "Target",
    "Triplets",
    "ValuesTarget",
]
