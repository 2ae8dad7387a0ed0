"""An exported model, opened: images in, typed results out. onnxruntime and numpy alone, never torch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from PIL import Image

from archc.files.errors import WorldError
from archc.front.prediction import Prediction
from archc.images.held import Held, held_image
from archc.images.pixels import PixelFormat, Pixels
from archc.images.reading import read_image
from archc.runtime.predict import Failure, How, SizeRule, predict_each
from archc.runtime.session import Device, Model, open_model

Array = npt.NDArray[Any]
ImageLike = str | os.PathLike[str] | Held
"""An image: a file's name, a file's bytes, one of Pillow's, or an array `(H, W)` or `(H, W, C)`."""


class Session:
    """A model file opened with onnxruntime.

    Attributes:
        path: the file.
        classes: the class names of the first output, in the order of their numbers.
        inputs, outputs: names.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, device: Device = "auto", modified: bool = False
    ) -> None:
        """Open the file; `modified` takes one that a tool such as a quantizer changed.

        Raises:
            WorldError: it cannot be read, is not archc's, or was changed since archc wrote it; or `device` is
                "cuda" and there is none.
        """
        self._model = open_model(Path(path), device=device, modified=modified)

    @property
    def path(self) -> Path:
        return self._model.path

    @property
    def device(self) -> str:
        """Where it runs: "cpu" or "cuda"."""
        return self._model.device

    @property
    def classes(self) -> tuple[str, ...]:
        return self._model.description.classes

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(given.name for given in self._model.description.inputs)

    @property
    def outputs(self) -> tuple[str, ...]:
        return self._model.outputs

    @overload
    def predict(
        self,
        images: str | os.PathLike[str] | bytes | Image.Image,
        *,
        size: SizeRule = ...,
        top: int = ...,
        threshold: float = ...,
        batch: int = ...,
    ) -> Prediction: ...
    @overload
    def predict(
        self,
        images: list[Any] | Iterator[Any],
        *,
        size: SizeRule = ...,
        top: int = ...,
        threshold: float = ...,
        batch: int = ...,
    ) -> list[Prediction]: ...
    @overload
    def predict(
        self,
        images: Array | tuple[Any, ...],
        *,
        size: SizeRule = ...,
        top: int = ...,
        threshold: float = ...,
        batch: int = ...,
    ) -> Any: ...

    def predict(
        self,
        images: Any,
        *,
        size: SizeRule = "model",
        top: int = 5,
        threshold: float = 0.5,
        batch: int = 8,
    ) -> Any:
        """Return a `Prediction` for one image, a list of them for several.

        An image is a file's name, a file's bytes, an image of Pillow's, or an array `(H, W)` or `(H, W, C)`
        of the model's dtype. Several are a list, another iterable, or an array `(N, H, W, C)`. A model of
        several inputs takes a tuple of as many images in the place of one.

        Args:
            size: "model" resizes to the model's size, as in training; "keep" leaves images as large as they
                are, where the model takes any size.
            top: how many classes `classes` of a prediction holds, most probable first.
            threshold: the probability from which on a label of several holds.
            batch: images that are computed at a time.

        Raises:
            WorldError: an image cannot be read, or is not what the model takes.
            ValueError: an argument is out of its range.
            TypeError: what is given is no image.
        """
        _require_arguments(size, top, threshold, batch)
        groups, single = _groups(images, len(self.inputs))
        how = How(size, batch=batch, top=top, threshold=threshold)
        found = _predicted(self._model, groups, how)
        return found[0] if single else found

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return outputs by name for inputs by name, arrays `(N, ...)` both; nothing is resized.

        Raises:
            WorldError: onnxruntime refuses the inputs.
        """
        return self._model.run(inputs)

    def __repr__(self) -> str:
        outputs = ", ".join(f"{out.name}: {out.task}" for out in self._model.description.outputs)
        return f"Session({self.path.name!r}, {outputs}, {len(self.classes)} classes, on {self.device})"


def _require_arguments(size: object, top: int, threshold: float, batch: int) -> None:
    if size not in ("model", "keep"):
        raise ValueError(
            f'size is "model" or "keep", not {size!r}: the model\'s own size is in its spec, under [input]'
        )
    if top < 1 or batch < 1:
        raise ValueError(f"top and batch are 1 or more; top is {top}, batch is {batch}")
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold is a probability, from 0 to 1, not {threshold}")


def _groups(images: Any, each: int) -> tuple[list[tuple[ImageLike, ...]], bool]:
    """Return the images in groups of as many as the model takes, and whether there was just one group."""
    if each == 1:
        if _is_image(images):
            return [(images,)], True
        single = isinstance(images, bytearray | memoryview) or hasattr(images, "numpy")
        if single or not isinstance(images, Iterable):  # tensors and buffers give rows or numbers, no images
            raise _no_image("what is given", images)
        return [(image,) for image in images], False
    if isinstance(images, tuple):
        return [_group(images, each)], True
    return [_group(group, each) for group in images], False


def _group(images: Any, each: int) -> tuple[ImageLike, ...]:
    if not isinstance(images, Sequence) or len(images) != each:
        raise TypeError(f"the model takes {each} images at a time: a tuple, or a list of tuples")
    return tuple(images)


def _is_image(thing: Any) -> bool:
    """Return whether it is one image; an array of four dimensions is a batch."""
    if isinstance(thing, np.ndarray):
        return thing.ndim != 4
    return isinstance(thing, str | os.PathLike | bytes | Image.Image)


def _no_image(name: str, thing: object) -> TypeError:
    kind = type(thing).__name__
    if hasattr(thing, "numpy"):
        return TypeError(f"{name} is no image but a {kind}: give .numpy() as (H, W, C)")
    if isinstance(thing, bytearray | memoryview):
        return TypeError(f"{name} is no image but a {kind}: give bytes() of it")
    return TypeError(f"{name} is no image: {kind}; see Session.predict")


def _predicted(model: Model, groups: Sequence[tuple[ImageLike, ...]], how: How) -> list[Prediction]:
    """Predict each group; what is no file goes under a name of its own."""
    held: dict[Path, Held] = {}
    named = [
        tuple(_name(image, f"image {number}", held) for image in group) for number, group in enumerate(groups)
    ]

    def read(path: Path, wanted: PixelFormat) -> Pixels:
        return _held_image(held[path], wanted, path) if path in held else read_image(path, wanted)

    found = []
    for group, one in zip(groups, predict_each(model, named, how, read), strict=True):
        if isinstance(one, Failure):
            raise one.fault
        found.append(Prediction(group[0], model.description, one))
    return found


def _held_image(image: Held, wanted: PixelFormat, name: Path) -> Pixels:
    try:
        return held_image(image, wanted, name)
    except WorldError as error:
        help = _remedy(image, wanted) if isinstance(image, np.ndarray) else None
        raise WorldError(error.message, help or error.help) from None


def _remedy(array: Array, wanted: PixelFormat) -> str | None:
    """Return what to do with an array that the model does not take; None where its fault says it."""
    if array.ndim not in (2, 3):
        return "arrays are (H, W) or (H, W, C)"
    if array.dtype.kind == "f" and wanted.dtype == "uint8":
        return "convert it to uint8 with values 0 to 255"
    channels = array.shape[2] if array.ndim == 3 else 1
    if channels == wanted.channels:
        return None
    if array.shape[0] == wanted.channels and array.ndim == 3:
        return "arrays are (H, W, C): transpose(1, 2, 0)"
    return "arrays are (H, W, C): convert it, or train a model with as many channels in its input"


def _name(image: ImageLike, name: str, held: dict[Path, Held]) -> Path:
    if isinstance(image, str | os.PathLike):
        return Path(image)
    if not isinstance(image, bytes | Image.Image | np.ndarray):
        raise _no_image(name, image)
    path = Path(f"<{name}>") if Path(f"<{name}>") not in held else Path(f"<{name}, input {len(held)}>")
    held[path] = image
    return path
