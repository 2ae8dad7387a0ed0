"""Images that lie in files, with labels: in folders, by name, or in a table."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.augment import AS_IT_IS, Augment
from archc.spec.fields import (
    LARGEST,
    Doc,
    Fraction,
    Interval,
    MaxLen,
    MinLen,
    Name,
    Natural,
    Table,
    Tagged,
    Text,
)
from archc.spec.frozen import named

Root = Annotated[
    Text, MinLen(1), Doc("The data's folder, seen from the spec's own folder or the working directory.")
]
ClassNames = Annotated[
    tuple[Name, ...],
    MinLen(1),
    MaxLen(10_000),
    Doc(
        "Class names in the order of their numbers; checked against the data when it is opened. Left out: "
        "the names that the training data has, sorted (1, 2, 10 as numbers), and [model] says how many."
    ),
]
MaskValue = Annotated[int, Interval(ge=0, le=65_535)] | Annotated[Text, MinLen(1)]
"""A pixel of a mask: a number, or a color as "#rrggbb"."""
MaskValues = MaskValue | Annotated[tuple[MaskValue, ...], MinLen(1), MaxLen(65_536)]
ValuesOfClasses = Annotated[
    dict[Name, MaskValues] | None,
    MinLen(1),
    MaxLen(255),
    Doc(
        "The pixels of each class in the masks: a number, a color, or several. Left out: the class's place "
        "in `classes`, from 0.",
        ({"background": 0, "object": 255}, {"sky": "#808080", "road": ["#804080", "#c0c080"]}),
    ),
]
Ignored = Annotated[
    MaskValues | None, Doc("A pixel of the masks, or several, that no loss and no metric sees.", (255,))
]
CellValue = Annotated[int, Interval(ge=-LARGEST, le=LARGEST)] | Text
CellsOfClasses = Annotated[
    dict[Name, CellValue | Annotated[tuple[CellValue, ...], MinLen(1), MaxLen(10_000)]] | None,
    MinLen(1),
    MaxLen(10_000),
    Doc(
        "What the column says for each class where that is not its name: a number, a code, or several.",
        ({"cat": 0, "dog": 1},),
    ),
]
Pattern = Annotated[Text, MinLen(1), MaxLen(1000)]
"""A regular expression in RE2's syntax, matched in linear time whatever it says."""


@named
class ByFolder(Table):
    """Held out is what lies in a folder."""

    by: Literal["folder"] = "folder"
    folder: Annotated[Text, MinLen(1), Doc("Seen from `root`.")]


@named
class ByFile(Table):
    """The images that a text file lists, one a line, are held out: by path under `root`, or by name.

    The name may lack its suffix.
    """

    by: Literal["file"] = "file"
    file: Annotated[Text, MinLen(1), Doc("Seen from `root`.")]


@named
class ByColumn(Table):
    """Held out are the rows of a table that say so."""

    by: Literal["column"] = "column"
    column: Name
    values: Annotated[tuple[Text, ...], MinLen(1), Doc("What it says, in any case of letters.")] = (
        "valid",
        "val",
        "true",
        "yes",
        "1",
    )


Listed = Annotated[ByFolder | ByFile, Tagged("by")]
ListedOrColumn = Annotated[ByFolder | ByFile | ByColumn, Tagged("by")]
_SHARE = "The share held out; or which: by folder or by a file that lists them."

Stratified = Annotated[bool, Doc("A share is drawn evenly over the classes.")]
SplitSeed = Annotated[
    Natural, Doc("Which ones are held out. Apart from train.seed, so that runs compare on one split.")
]
Group = Annotated[
    Pattern | None,
    Doc(
        "What in an image's path, as a named group `group`, says what it belongs to: no group lies on both "
        "sides of the split.",
        ("(?P<group>patient[0-9]+)",),
    ),
]


@named
class ImageFolder(Table):
    """Images in folders: the folder's name is the class."""

    kind: Literal["image_folder"] = "image_folder"
    root: Root
    train: Annotated[
        Text | None, MinLen(1), Doc("The folder under `root` that holds the class folders. Left out: `root`.")
    ] = None
    valid: Annotated[
        Fraction | Annotated[Text, MinLen(1)],
        Doc("The share held out; or the folder under `root` that holds the class folders of validation."),
    ] = 0.2
    levels: Annotated[
        int, Interval(ge=1, le=8), Doc("How many folders below each other name a class: 2 for `a/b/x.png`.")
    ] = 1
    stratified: Stratified = True
    split_seed: SplitSeed = 42
    group: Group = None
    classes: ClassNames | None = None
    augment: Augment = AS_IT_IS


@named
class ImageRegex(Table):
    """Images whose class is a part of their path."""

    kind: Literal["image_regex"] = "image_regex"
    root: Root
    images: Annotated[
        Annotated[Text, MinLen(1)] | Annotated[tuple[Annotated[Text, MinLen(1)], ...], MinLen(1)],
        Doc("A pattern under `root`, or several; `*` within a folder, `**` across."),
    ] = "**/*"
    label: Annotated[
        Pattern,
        Doc(
            "A regular expression (RE2's syntax), looked for in the path under `root`; its group `label` is "
            "the class.",
            (r"^(?P<label>.+)_\d+\.jpg$",),
        ),
    ]
    valid: Annotated[Fraction | Listed, Doc(_SHARE)] = 0.2
    stratified: Stratified = True
    split_seed: SplitSeed = 42
    group: Group = None
    classes: ClassNames | None = None
    augment: Augment = AS_IT_IS


@named
class ImageLists(Table):
    """Images that text files list, one a line: the path, a space or a tab, the class."""

    kind: Literal["image_lists"] = "image_lists"
    root: Root
    train: Annotated[Text, MinLen(1), Doc("The list under `root` that is trained on.", ("train.txt",))]
    valid: Annotated[
        Fraction | Annotated[Text, MinLen(1)],
        Doc("The share of `train` held out; or the list under `root` that is measured on.", ("val.txt",)),
    ] = 0.2
    path: Annotated[
        Text,
        MinLen(1),
        Doc("Where images lie under `root`; {image} is what a line says.", ("images/{image}.jpg",)),
    ] = "{image}"
    stratified: Stratified = True
    split_seed: SplitSeed = 42
    group: Group = None
    classes: Annotated[
        ClassNames | None,
        Doc(
            "Class names in the order of their numbers. Lists have the names, or their numbers from 0. Left "
            "out: what the training list has, sorted (1, 2, 10 as numbers), and [model] says how many."
        ),
    ] = None
    augment: Augment = AS_IT_IS


OneHot = Annotated[tuple[Name, ...], MinLen(2), MaxLen(10_000)] | None


@named
class LabelTarget(Table):
    """One class an image."""

    kind: Literal["label"] = "label"
    column: Name = "label"
    columns: Annotated[
        OneHot, Doc("In place of `column`: one column a class, called like it, with 1 in the image's own.")
    ] = None
    classes: ClassNames | None = None
    values: CellsOfClasses = None


@named
class TagsTarget(Table):
    """Any number of classes an image, in one column, empty for none; or in a column a class."""

    kind: Literal["tags"] = "tags"
    column: Name = "labels"
    columns: Annotated[
        OneHot, Doc("In place of `column`: one column a class, called like it, with 1 in each that is there.")
    ] = None
    separator: Annotated[Text, MinLen(1), Doc("What stands between two classes, spaces beside it aside.")] = (
        " "
    )
    classes: ClassNames | None = None
    values: CellsOfClasses = None


@named
class ValuesTarget(Table):
    """Numbers, one column each."""

    kind: Literal["values"] = "values"
    columns: Annotated[tuple[Name, ...], MinLen(1), MaxLen(10_000)]


@named
class MaskTarget(Table):
    """A mask: an image whose pixels say classes, by their numbers or as `values` has it."""

    kind: Literal["mask"] = "mask"
    column: Annotated[Name, Doc("The mask's path under `root`.")] = "mask"
    classes: Annotated[tuple[Name, ...], MinLen(1), MaxLen(255)]
    values: ValuesOfClasses = None
    ignore: Ignored = None


Target = Annotated[LabelTarget | TagsTarget | ValuesTarget | MaskTarget, Tagged("kind")]


@named
class ImageCsv(Table):
    """Images listed in a table, one a row, with what is known of each."""

    kind: Literal["image_csv"] = "image_csv"
    root: Root
    table: Annotated[Text, MinLen(1), Doc("The table under `root`: a first line of column names; UTF-8.")] = (
        "labels.csv"
    )
    delimiter: Annotated[Text, MinLen(1), MaxLen(1)] = ","
    image: Annotated[Name, Doc("The column of the image's path.")] = "image"
    path: Annotated[
        Text,
        MinLen(1),
        Doc("Where images lie under `root`; {image} is what the column says.", ("train/{image}.jpg",)),
    ] = "{image}"
    target: Annotated[Target, Doc("What is learned.")] = LabelTarget()
    targets: Annotated[
        dict[Name, Target] | None,
        MinLen(1),
        MaxLen(64),
        Doc("In place of `target`, for a model with several outputs: what each learns, by its name."),
    ] = None
    valid: Annotated[
        Fraction | ListedOrColumn, Doc("The share held out; or which: by column, folder or file.")
    ] = 0.2
    stratified: Stratified = True
    split_seed: SplitSeed = 42
    group: Annotated[
        Name | None, Doc("A column: no two rows that agree in it lie on two sides of the split.")
    ] = None
    augment: Augment = AS_IT_IS


@named
class Digits(Table):
    """The 1,797 handwritten digits that come with scikit-learn: 8x8 grayscale images of 0 to 9."""

    kind: Literal["digits"] = "digits"
    valid: Annotated[Fraction, Doc("The share held out, drawn evenly over the classes.")] = 0.2
    split_seed: Annotated[
        Natural, Doc("Which ones are held out. Apart from train.seed, so that runs compare on one split.")
    ] = 42
    augment: Augment = AS_IT_IS


ByPath = ImageFolder | ImageRegex | ImageLists
"""One class an image file, of which a share may be held out."""
Labeled = ByPath | ImageCsv | Digits
"""Data with labels, which pairs can be drawn from."""
