"""The prediction for one image, in the terms of its task."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, assert_never

import numpy as np
import numpy.typing as npt
from PIL import Image

from archc.images.held import held_image
from archc.images.pixels import viewed
from archc.images.reading import read_image
from archc.runtime.description import Description
from archc.runtime.inputs.image import ImageInput
from archc.runtime.outputs import Classes, ClassMap, Distances, Labels, Numbers, OutputValue, Ranked, Values
from archc.runtime.overlays import class_shares, overlaid
from archc.runtime.predict import Prediction as Found

Array = npt.NDArray[Any]
T = TypeVar("T")


class Prediction:
    """The prediction for one image, or one group of as many images as the model takes.

    Each property is of one task, and raises `AttributeError` for another; `outputs` has every output's result
    by its name, `arrays` the numbers as the model gave them, without the batch.
    """

    def __init__(self, image: Any, description: Description, found: Found) -> None:
        self._image, self._description, self._found = image, description, found

    @property
    def outputs(self) -> Mapping[str, OutputValue]:
        """The typed result of each output, by its name."""
        return self._found.outputs

    @property
    def arrays(self) -> Mapping[str, Array]:
        """The values of each output by its name: `(K,)`, `(K, H, W)` or another shape, without the batch."""
        return self._found.arrays

    @property
    def class_name(self) -> str:
        """The most probable class."""
        return self._only(Classes).best[0].name

    @property
    def probability(self) -> float:
        """The probability of the most probable class."""
        return self._only(Classes).best[0].score

    @property
    def classes(self) -> tuple[Ranked, ...]:
        """The most probable classes, best first: `name`, `index` and `score` of each."""
        return self._only(Classes).best

    @property
    def labels(self) -> tuple[Ranked, ...]:
        """Of several labels those that hold, surest first."""
        return self._only(Labels).held

    @property
    def values(self) -> dict[str, float]:
        """The numbers of a regression, by their names."""
        return dict(self._only(Values).values)

    @property
    def mask(self) -> Array:
        """The class of each pixel, `(H, W)` uint8 or uint16 at the image's own size."""
        return self._only(ClassMap).classes

    @property
    def shares(self) -> dict[str, float]:
        """The share of pixels of each class that is in the mask, largest first."""
        name = self._name(ClassMap)
        return {label: share for _, label, share in class_shares(self.mask, self._classes(name))}

    @property
    def embedding(self) -> Array:
        """The embedding `(E,)` of the image."""
        return self._only(Numbers).array

    @property
    def distances(self) -> tuple[float, ...]:
        """The distance of each further image of the group from the first."""
        return self._only(Distances).distances

    @property
    def same(self) -> bool | None:
        """True where two images show the same; None where the model tells the nearest instead."""
        return self._only(Distances).same

    def overlay(self, opacity: float = 0.55) -> Image.Image:
        """Return the image in RGB `(H, W, 3)` with its mask in colors over it, and a legend below."""
        return overlaid(self._viewed(), self.mask, self._classes(self._name(ClassMap)), opacity)

    def __repr__(self) -> str:
        said = "; ".join(_said(answer) for answer in self.outputs.values())
        return f"Prediction({said})"

    def _repr_png_(self) -> bytes | None:
        """Return the overlay of a mask, for notebooks."""
        if not any(isinstance(answer, ClassMap) for answer in self.outputs.values()):
            return None
        return self.overlay()._repr_png_()

    def _only(self, kind: type[T]) -> T:
        found = self.outputs[self._name(kind)]
        assert isinstance(found, kind)
        return found

    def _name(self, kind: type[Any]) -> str:
        """Return the output of that kind, the first of several."""
        for name, answer in self.outputs.items():
            if isinstance(answer, kind):
                return name
        made = ", ".join(f"`{out.name}` ({out.task})" for out in self._description.outputs)
        raise AttributeError(f"no output of the model is of that kind; it has {made}")

    def _classes(self, name: str) -> tuple[str, ...]:
        return next(out.classes for out in self._description.outputs if out.name == name)

    def _viewed(self) -> Image.Image:
        given = self._description.inputs[0]
        assert isinstance(given, ImageInput)  # a class map is one of an image
        wanted = given.pixels
        if isinstance(self._image, bytes | Image.Image | np.ndarray):
            return viewed(held_image(self._image, wanted, Path("<image>")))
        return viewed(read_image(Path(self._image), wanted))


def _said(answer: OutputValue) -> str:
    match answer:
        case Classes():
            return f"{answer.best[0].name!r} {answer.best[0].score:.3f}"
        case Labels():
            return ", ".join(f"{one.name!r} {one.score:.3f}" for one in answer.held) or "no label"
        case Values():
            return ", ".join(f"{name} {value:.4g}" for name, value in answer.values)
        case Numbers():
            return f"array {'x'.join(map(str, answer.array.shape))}"
        case ClassMap():
            return f"mask {'x'.join(map(str, answer.classes.shape))}"
        case Distances():
            return f"distances {', '.join(f'{far:.3g}' for far in answer.distances)}"
        case _:
            assert_never(answer)
