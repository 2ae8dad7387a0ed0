"""Activations.

Their source is what `archc eject` copies: each stands on torch alone, and starts its own parameters.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class OutputRange(nn.Module):
    """sigmoid(x) * (high - low) + low."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.low = low
        self.high = high

    def forward(self, x: Tensor) -> Tensor:
        """Return values from `low` to `high`, in the shape of `x`."""
        return torch.sigmoid(x) * (self.high - self.low) + self.low
