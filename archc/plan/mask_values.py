"""How the pixels of masks say classes: by numbers or colors, as the data's `values` and `ignore` have it."""

from __future__ import annotations

from archc.spec.data import MaskTarget, Segmentation
from archc.spec.frozen import Frozen, frozen

Written = int | str | tuple[int | str, ...] | None
_DIGITS = frozenset("0123456789abcdefABCDEF")


@frozen
class MaskMeaning(Frozen):
    """The pixels of each class and those that are ignored: numbers, or colors as 0xRRGGBB."""

    classes: tuple[str, ...]
    values: tuple[tuple[int, ...], ...]
    ignored: tuple[int, ...]
    colors: bool

    @property
    def plain(self) -> bool:
        """True where a class's pixels are its place among the classes, and none of them is ignored."""
        count = len(self.classes)
        places = self.values == tuple((place,) for place in range(count))
        return places and not self.colors and all(value >= count for value in self.ignored)


def mask_meaning(masks: Segmentation | MaskTarget) -> MaskMeaning:
    """Return the meaning of the values in the masks of a checked spec."""
    written = masks.values
    ignored = several(masks.ignore)
    values = [(i,) if written is None else several(written[name]) for i, name in enumerate(masks.classes)]
    every = [value for each in (*values, ignored) for value in each]
    return MaskMeaning(
        masks.classes,
        tuple(tuple(map(number_of, each)) for each in values),
        tuple(map(number_of, ignored)),
        any(isinstance(value, str) for value in every),
    )


def several(written: Written) -> tuple[int | str, ...]:
    """Return one value or several as a tuple."""
    if written is None:
        return ()
    return written if isinstance(written, tuple) else (written,)


def number_of(value: int | str) -> int:
    """Return a mask value as a number. `ValueError` where it is a text that is no color."""
    if isinstance(value, int):
        return value
    if len(value) != 7 or value[0] != "#" or not _DIGITS.issuperset(value[1:]):
        raise ValueError(f"`{value}` is no color")
    return int(value[1:], 16)


def color_text(number: int) -> str:
    """Return a color as a spec writes it."""
    return f"#{number:06x}"
