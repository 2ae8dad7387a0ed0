"""Stochastic depth on torch alone: importing torchvision for it would double the time a build takes."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn


class StochasticDepth(nn.Module):
    """The input, or zeros with probability p while training, scaled so that its mean stays.

    Source: "Deep Networks with Stochastic Depth" (2016); draws as `torchvision.ops.StochasticDepth` does.
    """

    def __init__(self, p: float, mode: Literal["row", "batch"]) -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0.0:
            return x
        kept = 1.0 - self.p
        rows = x.shape[0] if self.mode == "row" else 1
        return x * x.new_empty((rows, *(1,) * (x.dim() - 1))).bernoulli_(kept).div_(kept)

    def extra_repr(self) -> str:
        return f"p={self.p}, mode={self.mode!r}"
