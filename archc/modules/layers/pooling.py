"""Pooling layers.

Their source is what `archc eject` copies: each stands on torch alone, and starts its own parameters.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class AdaptiveConcatPool2d(nn.Module):
    """Maximum and mean side by side: (N, C, H, W) to (N, 2C, *output_size)."""

    def __init__(self, output_size: int | tuple[int, int]) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, 2C, *output_size) for `x` (N, C, H, W)."""
        largest = F.adaptive_max_pool2d(x, self.output_size)
        mean = F.adaptive_avg_pool2d(x, self.output_size)
        return torch.cat([largest, mean], dim=1)


class BlurPool2d(nn.Module):
    """A 2x2 mean at stride 1 of (N, C, H, W) padded left and top by its edge."""

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C, H, W) for `x` (N, C, H, W)."""
        padded = F.pad(x, (1, 0, 1, 0), mode="replicate")
        return F.avg_pool2d(padded, kernel_size=2, stride=1)
