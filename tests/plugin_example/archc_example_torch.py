"""The half of the package that needs torch, imported when a module is built."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Scale(nn.Module):
    """`(N, C, H, W)` times a number for each channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight
