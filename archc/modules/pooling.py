"""Pooling layers that torch has no module for."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class AdaptiveConcatPool2d(nn.Module):
    """`(N, C, H, W)` to `(N, 2C, *output_size)`: the maximum, then the mean, as fastai has them."""

    def __init__(self, output_size: tuple[int, int]) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, x: Tensor) -> Tensor:
        size = self.output_size
        return torch.cat([F.adaptive_max_pool2d(x, size), F.adaptive_avg_pool2d(x, size)], dim=1)


class BlurPool2d(nn.Module):
    """A 2x2 mean at stride 1 of `(N, C, H, W)` padded left and top by its edge; the shape stays."""

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(F.pad(x, (1, 0, 1, 0), mode="replicate"), kernel_size=2, stride=1)
