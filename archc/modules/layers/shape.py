"""Layers that move values.

Their source is what `archc eject` copies: each stands on torch alone, and starts its own parameters.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Permute(nn.Module):
    """The dimensions in another order, the batch counted."""

    def __init__(self, *dims: int) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        """Return `x`, of any shape, with its dimensions in the order `dims`."""
        return x.permute(self.dims)


class Reshape(nn.Module):
    """The numbers of each example in another shape."""

    def __init__(self, *sizes: int) -> None:
        super().__init__()
        self.sizes = sizes

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` (N, ...) as (N, *sizes)."""
        return torch.unflatten(x.flatten(1), 1, self.sizes)


class Squeeze(nn.Module):
    """Without a dimension of size 1."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Return `x`, of any shape, without dimension `dim`, whose size is 1."""
        return x.squeeze(self.dim)


class Unsqueeze(nn.Module):
    """With a dimension of size 1 more."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Return `x`, of any shape, with a dimension of size 1 more at `dim`."""
        return x.unsqueeze(self.dim)


class ChannelShuffle(nn.Module):
    """The channels of (N, C, H, W) dealt out over groups."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C, H, W) for `x` (N, C, H, W)."""
        dealt = torch.unflatten(x, 1, (self.groups, -1))
        return dealt.transpose(1, 2).flatten(1, 2)
