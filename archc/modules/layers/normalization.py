"""Normalization layers.

Their source is what `archc eject` copies: each stands on torch alone, and starts its own parameters.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LayerNorm2d(nn.LayerNorm):
    """Layer normalization over the channels of `(N, C, H, W)`, as torchvision's ConvNeXt has it."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__(channels, eps)

    def forward(self, input: Tensor) -> Tensor:
        """Return (N, C, H, W) for `input` (N, C, H, W)."""
        last = input.permute(0, 2, 3, 1)
        shape = self.normalized_shape
        normed = F.layer_norm(last, shape, self.weight, self.bias, self.eps)
        return normed.permute(0, 3, 1, 2)


class GlobalResponseNorm(nn.Module):
    """Global response normalization of (N, C, H, W): channels compete by their norms over H and W.

    Source: "ConvNeXt V2: Co-designing and Scaling ConvNets with Masked Autoencoders" (2023).
    """

    def __init__(self, num_channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.zeros(num_channels))
        self.bias = nn.Parameter(torch.zeros(num_channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C, H, W) for `x` (N, C, H, W)."""
        size = torch.linalg.vector_norm(x, dim=(2, 3), keepdim=True)
        share = size / (size.mean(dim=1, keepdim=True) + self.eps)
        weight, bias = self.weight.view(-1, 1, 1), self.bias.view(-1, 1, 1)
        return torch.addcmul(x + bias, weight, x * share)


class Normalize(nn.Module):
    """(x - mean) / std for each channel of (N, C, H, W)."""

    mean: Tensor
    std: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        for name, values in (("mean", mean), ("std", std)):
            numbers = torch.tensor(values).view(-1, 1, 1)
            self.register_buffer(name, numbers, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C, H, W) for `x` (N, C, H, W)."""
        return (x - self.mean) / self.std
