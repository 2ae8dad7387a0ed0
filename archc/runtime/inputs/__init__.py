"""The inputs of a model file: a closed union told apart by `kind`, and files made into values of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from archc.files.errors import WorldError
from archc.images.reading import read_image
from archc.runtime import told
from archc.runtime.inputs import image
from archc.runtime.inputs.image import Array, ImageInput, Load, Size


@dataclass(frozen=True, slots=True)
class TensorInput:
    """A tensor of which the file says nothing but its name: no file on disk is one."""

    name: str


Input = ImageInput | TensorInput


def parsed(entry: Mapping[str, Any]) -> Input:
    """Return the input that an entry of `archc.input` describes; the errors are those of `told`.

    One without a `kind` is an image; files of older versions write a tensor as an image without a size.
    """
    match entry.get("kind", "image" if entry.get("size") != [] else "tensor"):
        case "image":
            return image.parsed(entry)
        case "tensor":
            return TensorInput(told.name(entry["name"]))
        case other:
            raise ValueError(other)


def shape_of(given: Input, preprocess: bool) -> tuple[int, ...] | None:
    """Return the shape that a file says of an input, without the batch; None where it says none."""
    match given:
        case ImageInput():
            return given.shape(preprocess)
        case TensorInput():
            return None
        case _:
            assert_never(given)


def require_files(given: Input, model: Path) -> None:
    """Raise `WorldError` if an input is nothing that a file holds; it says how such a model is run."""
    match given:
        case ImageInput():
            return
        case TensorInput():
            raise WorldError(
                f"the input `{given.name}` is no image: `archc predict` reads images",
                f'run it from Python: onnxruntime.InferenceSession("{model.name}").run(None, '
                f"{{{given.name!r}: array, ...}})",
            )
        case _:
            assert_never(given)


def read(
    given: Input, path: Path, multiple: int | None, preprocess: bool, load: Load = read_image
) -> tuple[Array, Size]:
    """Return a file as the model takes it, without the batch, and the size that a map of it has.

    An image is `(H, W, C)` of the input's dtype where the model preprocesses, else float32 `(C, H, W)`.

    Args:
        multiple: what divides the size that an image keeps, or nearly keeps; None brings it to the model's.
        load: makes an image of a path, or of what the path stands for.

    Raises:
        WorldError: the file cannot be read, or does not go with the model.
    """
    match given:
        case ImageInput():
            return image.read(given, path, multiple, preprocess, load)
        case TensorInput():
            raise WorldError(f"the input `{given.name}` is read from no file")
        case _:
            assert_never(given)
