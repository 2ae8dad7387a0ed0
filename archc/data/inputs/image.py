"""Images as inputs: as files have them, randomly changed, as tensors, normalized on the device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from archc.images.pixels import PixelFormat, Pixels, Planes, as_array
from archc.plan.inputs import ImageInput

Size = tuple[int, int]
"""Height and width, as the spec writes it."""


@dataclass(frozen=True, slots=True)
class ImageInputs:
    """The images that a model takes, all alike: their names in its order, their pixels, their size."""

    names: tuple[str, ...]
    pixels: PixelFormat
    size: Size

    def named(self, *images: Pixels) -> Mapping[str, Pixels]:
        """Return the images of one example by the inputs' names."""
        return dict(zip(self.names, images, strict=True))


def tensor(pixels: Pixels) -> Tensor:
    """Return an image `(C, H, W)` of its dtype."""
    array = as_array(pixels) if isinstance(pixels, Planes) else np.array(pixels)
    made = torch.from_numpy(array)
    return made[None] if made.ndim == 2 else made.permute(2, 0, 1).contiguous()


@dataclass(frozen=True, slots=True)
class Normalization:
    """A factor and an offset, float32 `(C, 1, 1)` on the device.

    A sample x becomes ((x - low) / (high - low) - mean) / std, where the input's range is low to high.
    """

    factor: Tensor
    offset: Tensor
    layout: torch.memory_format

    @classmethod
    def of(cls, given: ImageInput, device: torch.device, layout: torch.memory_format) -> Normalization:
        """Return the normalization of an input of the plan."""
        mean, std = (torch.tensor(values, dtype=torch.float64) for values in (given.mean, given.std))
        low, high = given.range
        span = high - low
        return cls(_column(1 / (span * std), device), _column(-(low / span + mean) / std, device), layout)

    def __call__(self, images: Tensor) -> Tensor:
        """Return a batch `(N, C, H, W)` of the images' dtype as float32 on the device, normalized."""
        images = images.to(self.factor.device, non_blocking=True)
        # A copy also of what is float32 already: the batch stays as it was loaded.
        return (
            images.to(torch.float32, memory_format=self.layout, copy=True).mul_(self.factor).add_(self.offset)
        )


def _column(values: Tensor, device: torch.device) -> Tensor:
    return values.to(device, torch.float32).view(-1, 1, 1)
