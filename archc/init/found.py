"""Findings about a folder of data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Folders:
    """Images whose class is the folder they lie in, `levels` deep.

    `group` keeps what belongs together on one side of the split, such as the characters of one alphabet.
    """

    classes: tuple[str, ...]
    images: int
    train: str | None = None
    valid: str | None = None
    levels: int = 1
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """Images whose class is a part of their names."""

    pattern: str
    label: str
    classes: tuple[str, ...]
    images: int


@dataclass(frozen=True, slots=True)
class Masks:
    """Images with masks.

    Attributes:
        train, valid: patterns of images and of masks; without `valid` a share, or what a list says, is held
            out.
        lists: text files that list the images of both splits; the first may be missing where a list names
            only those held out.
        values: what the masks hold for each class, where it is not its place among the classes.
        named: whether a file says the names of the classes.
    """

    train: tuple[str, str]
    valid: tuple[str, str] | None
    images: int
    classes: tuple[str, ...]
    values: tuple[int | str, ...] = ()
    ignore: int | None = None
    named: bool = False
    lists: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True, slots=True)
class Target:
    """The target of each image in a table's columns.

    Attributes:
        kind: as the language has it.
        columns: one; or several, each a class of 0 and 1 or a number.
        separator: between several words in one cell.
        classes: the words of the column; those of `columns` go by their names.
        cells: what the column says for each class, where a file names the classes of its numbers.
    """

    kind: str
    columns: tuple[str, ...]
    classes: tuple[str, ...] = ()
    separator: str | None = None
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """Images listed in a table, with what is learned.

    `held` are the words of the column `valid` that hold an image out.
    """

    table: str
    delimiter: str
    image: str
    path: str
    target: Target
    images: int
    valid: str | None = None
    held: tuple[str, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        return self.target.classes or self.target.columns


Data = Folders | Names | Masks | Listed


@dataclass(frozen=True, slots=True)
class Look:
    """The findings about a folder of data.

    Attributes:
        notes: what is left out, or is in doubt: a sentence each.
        size: the images' usual height and width.
        channels: what all of them can be read with.
        dtype: of their samples.
        values: the smallest and the largest sample of the images that were looked into, where any were.
        read: how many that are.
    """

    data: Data
    notes: tuple[str, ...]
    size: tuple[int, int]
    channels: int
    dtype: str = "uint8"
    values: tuple[float, float] | None = None
    read: int = 0
