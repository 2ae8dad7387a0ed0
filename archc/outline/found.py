"""What a folder of data seems to hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Folders:
    """Images whose class is the folder they lie in, `levels` deep. `group` keeps what belongs together on one
    side of the split, such as the characters of one alphabet."""

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
    """Images with masks: patterns of both splits. `names` are the classes where a file lists them."""

    train: tuple[str, str]
    valid: tuple[str, str]
    images: int
    values: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    split: Literal["folders", "names"] = "folders"


@dataclass(frozen=True, slots=True)
class Listed:
    """Images listed in a table, with the column that is learnt; `separator` where it holds several words."""

    table: str
    delimiter: str
    image: str
    path: str
    column: str
    classes: tuple[str, ...]
    images: int
    separator: str | None = None
    valid: str | None = None


Data = Folders | Names | Masks | Listed


@dataclass(frozen=True, slots=True)
class Look:
    """What was found, and the images' usual height, width and number of channels where they could be told."""

    data: Data
    size: tuple[int, int] | None
    channels: int
