"""The inputs of examples: values of every kind of input, told apart by their types."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

import torch
from PIL import Image
from torch import Tensor

from archc.data.inputs import image
from archc.images.pixels import Pixels, Planes
from archc.plan.inputs import ImageInput, Input, TensorInput

Value = Pixels
"""An input of one example, before it is a tensor."""


def tensor_of(value: Value) -> Tensor:
    """Return an input of one example as a tensor, without the batch: an image `(C, H, W)` of its dtype."""
    match value:
        case Image.Image() | Planes():
            return image.tensor(value)
        case _:
            assert_never(value)


def preparation(
    given: Input, device: torch.device, layout: torch.memory_format
) -> Callable[[Tensor], Tensor]:
    """Return the function from a loaded batch to the model's input on `device`.

    An image `(N, C, H, W)` of its own dtype becomes float32, normalized; a tensor `(N, ...)` only moves.
    """
    match given:
        case ImageInput():
            return image.Normalization.of(given, device, layout)
        case TensorInput():
            return lambda batch: batch.to(device, non_blocking=True)
        case _:
            assert_never(given)
