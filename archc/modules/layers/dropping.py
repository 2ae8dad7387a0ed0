"""Layers that drop values while training.

Their source is what `archc eject` copies: each stands on torch alone, and starts its own parameters.
"""

from __future__ import annotations

from torch import Tensor, nn


class StochasticDepth(nn.Module):
    """The input, or zeros with probability p while training, scaled so that its mean stays."""

    def __init__(self, p: float, mode: str = "row") -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, x: Tensor) -> Tensor:
        """Drop examples of `x` (N, ...), each by itself with mode "row", else all or none."""
        if not self.training or self.p == 0.0:
            return x
        kept = 1.0 - self.p
        rows = x.shape[0] if self.mode == "row" else 1
        mask = x.new_empty((rows, *(1,) * (x.dim() - 1)))
        return x * mask.bernoulli_(kept).div_(kept)

    def extra_repr(self) -> str:
        return f"p={self.p}, mode={self.mode!r}"
