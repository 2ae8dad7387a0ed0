"""Pieces of ejected source beside layers: a holder of parts, and an initialization that torch lacks.

`archc eject` copies those that a model needs, as it does the classes of `archc/modules/layers`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Parts(nn.Module):
    """A place that holds parts under any names and does nothing itself."""

    def __init__(self, parts: dict[str, nn.Module]) -> None:
        super().__init__()
        self._modules.update(parts)


def part_of(owner: nn.Module, path: str) -> nn.Module:
    """Return the part at a dotted path, whatever its name."""
    for name in path.split("."):
        part = owner._modules[name]
        assert part is not None
        owner = part
    return owner


def icnr_(weight: Tensor, scale: int) -> None:
    """Initialize `weight` (O, I, ...) by Kaiming, the same for all sub-pixels of a pixel shuffle.

    That avoids checkerboard artifacts; O is a multiple of `scale` squared.

    Source: "Checkerboard artifact free sub-pixel convolution" (2017).
    """
    copies = scale * scale
    single = torch.empty(weight.shape[0] // copies, *weight.shape[1:])
    nn.init.kaiming_normal_(single)
    with torch.no_grad():
        weight.copy_(single.repeat_interleave(copies, dim=0))
