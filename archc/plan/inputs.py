"""The inputs of a model: a closed union, decided at lowering.

Code that depends on the kind has a `match` that ends in `assert_never`, so that the type checker names each
place where a new kind must be handled.
"""

from __future__ import annotations

from typing import assert_never

from archc.ops.dims import Dim
from archc.ops.tensors import Shape, TensorType
from archc.spec.frozen import Frozen, frozen
from archc.spec.pixels import RANGES, PixelType

Size = tuple[Dim, Dim]
"""Height and width in pixels."""


@frozen
class ImageInput(Frozen):
    """An image: float32 `(N, C, H, W)`, or with `channels_last` `(N, H, W, C)` of `dtype` as files have it.

    `mean` and `std` are its normalization, `dtype` that of its samples, and `range` the values of them that
    become 0.0 and 1.0.
    """

    name: str
    type: TensorType
    mean: tuple[float, ...]
    std: tuple[float, ...]
    dtype: PixelType = "uint8"
    range: tuple[float, float] = RANGES["uint8"]
    channels_last: bool = False

    @property
    def channels(self) -> Dim:
        return self.type.shape[3 if self.channels_last else 1]

    @property
    def size(self) -> Size:
        """Height and width."""
        height, width = self.type.shape[1:3] if self.channels_last else self.type.shape[2:]
        return height, width


@frozen
class TensorInput(Frozen):
    """A tensor of any shape, taken as it is: in plans that are made by hand, with no spec."""

    name: str
    type: TensorType


Input = ImageInput | TensorInput


def images(inputs: tuple[Input, ...]) -> tuple[ImageInput, ...]:
    """Return those of the inputs that are images."""
    return tuple(given for given in inputs if isinstance(given, ImageInput))


def settings(given: Input) -> dict[str, object]:
    """Return what is known of an input beside its name and type, as plain data."""
    match given:
        case ImageInput():
            return {
                "mean": list(given.mean),
                "std": list(given.std),
                "dtype": given.dtype,
                "range": list(given.range),
            }
        case TensorInput():
            return {}
        case _:
            assert_never(given)


def resized(given: Input, batch: Dim, size: Size | None) -> Input:
    """Return the input for another batch and, where it has a height and a width, another size of it."""
    match given:
        case ImageInput():
            sides = given.size if size is None else size
            rest: Shape = (*sides, given.channels) if given.channels_last else (given.channels, *sides)
        case TensorInput():
            rest = given.type.shape[1:]
        case _:
            assert_never(given)
    return given.changed(type=TensorType((batch, *rest), given.type.dtype))
