"""scikit-learn's handwritten digits: real data that needs no download."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from archc.data.examples import ONLY, Files, Raw
from archc.data.inputs.image import ImageInputs
from archc.data.split import stratified
from archc.files.errors import WorldError
from archc.files.extras import install_extra
from archc.images.pixels import MODES
from archc.spec.data import Digits

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class DigitExamples:
    """Some of the digits: `images` is uint8 (N, 8, 8), `numbers` are their places in the whole set."""

    images: Bytes
    labels: tuple[int, ...]
    numbers: tuple[int, ...]
    inputs: ImageInputs
    in_memory: bool = True

    def __len__(self) -> int:
        return len(self.labels)

    def name(self, index: int) -> str:
        return f"digit {self.numbers[index]}"

    def load(self, index: int) -> Raw:
        image = Image.fromarray(self.images[index]).convert(MODES[self.inputs.pixels.channels])
        return Raw(self.inputs.named(image), {ONLY: self.labels[index]})

    def files(self, index: int) -> Files:
        return Files()


def open_digits(spec: Digits, inputs: ImageInputs) -> tuple[DigitExamples, DigitExamples]:
    """Return the digits for training and those held out. `WorldError` where scikit-learn is not installed."""
    images, labels = _all_digits()
    held_out = stratified(labels, spec.valid, spec.split_seed)
    return _chosen(images, labels, ~held_out, inputs), _chosen(images, labels, held_out, inputs)


def _all_digits() -> tuple[Bytes, NDArray[np.int64]]:
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise WorldError("the digits come with scikit-learn", install_extra("demo")) from error
    digits = load_digits()
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)  # 17 shades, 0 to 16
    return images, digits.target.astype(np.int64)


def _chosen(
    images: Bytes, labels: NDArray[np.int64], chosen: NDArray[np.bool_], inputs: ImageInputs
) -> DigitExamples:
    numbers = np.flatnonzero(chosen)
    return DigitExamples(
        images=images[numbers],
        labels=tuple(int(label) for label in labels[numbers]),
        numbers=tuple(int(number) for number in numbers),
        inputs=inputs,
    )
