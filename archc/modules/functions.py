"""Ops without state: joins of several values, and moves within one.

Plain functions of this module, so that `functools.partial` of one can be pickled; sizes are never read into
Python where a number can be left to torch, so that one exported graph serves every size. Each is a single
`return`, whose expression `archc eject` writes in the place of a call.
"""

from __future__ import annotations

from functools import reduce

import torch
import torch.nn.functional as F
from torch import Tensor


def add(*values: Tensor) -> Tensor:
    """Return the sum of the values, whose shapes broadcast."""
    return reduce(torch.add, values)


def multiply(*values: Tensor) -> Tensor:
    """Return the product of the values, whose shapes broadcast."""
    return reduce(torch.mul, values)


def abs_difference(a: Tensor, b: Tensor) -> Tensor:
    """Return |a - b|; the shapes broadcast."""
    return (a - b).abs()


def squared_difference(a: Tensor, b: Tensor) -> Tensor:
    """Return (a - b) squared; the shapes broadcast."""
    return (a - b).square()


def cosine_similarity(a: Tensor, b: Tensor, *, dim: int) -> Tensor:
    """Return the cosine between `a` and `b`, whose shapes broadcast, along `dim`, which stays with size 1."""
    return F.cosine_similarity(a, b, dim=dim).unsqueeze(dim)


def concat(*values: Tensor, dim: int) -> Tensor:
    """Return the values one after the other along `dim`, where alone their shapes may differ."""
    return torch.cat(values, dim=dim)


def resize_nearest(x: Tensor, other: Tensor) -> Tensor:
    """Return `x` (N, C, H, W) at the size of `other`; always resampled: a test would be traced away."""
    return F.interpolate(x, size=other.shape[-2:])


def resize_bilinear(x: Tensor, other: Tensor) -> Tensor:
    """Return `x` (N, C, H, W) at the height and width of `other`, interpolated."""
    return F.interpolate(x, size=other.shape[-2:], mode="bilinear", align_corners=False)


def identity(x: Tensor) -> Tensor:
    """Return `x`, of any shape."""
    return x


def flatten(x: Tensor, *, start_dim: int, end_dim: int = -1) -> Tensor:
    """Return `x`, of any shape, with dimensions `start_dim` to `end_dim` made one."""
    return torch.flatten(x, start_dim, end_dim)


def permute(x: Tensor, *, dims: tuple[int, ...]) -> Tensor:
    """Return `x`, of any shape, with its dimensions in the order `dims`."""
    return x.permute(*dims)


def channel_shuffle(x: Tensor, *, groups: int) -> Tensor:
    """Return `(N, C, H, W)` with the channels dealt out over groups, as torchvision's ShuffleNet does."""
    return torch.unflatten(x, 1, (groups, -1)).transpose(1, 2).flatten(1, 2)


def expand_batch(x: Tensor, other: Tensor) -> Tensor:
    """Return `x` (1, ...) repeated to the batch size of `other` (N, ...)."""
    return x.expand(other.shape[0], *x.shape[1:])


def narrow(x: Tensor, *, dim: int, start: int, length: int) -> Tensor:
    """Return `length` entries of `x`, of any shape, from `start` along `dim`."""
    return x.narrow(dim, start, length)


def select(x: Tensor, *, dim: int, index: int) -> Tensor:
    """Return entry `index` of `x`, of any shape, along `dim`, which goes away."""
    return x.select(dim, index)


def mean(x: Tensor, *, dims: tuple[int, ...]) -> Tensor:
    """Return the mean of `x`, of any shape, over `dims`, which go away."""
    return x.mean(dim=dims)


def mean_kept(x: Tensor, *, dims: tuple[int, ...]) -> Tensor:
    """Return the mean of `x`, of any shape, over `dims`, which stay with size 1."""
    return x.mean(dim=dims, keepdim=True)


def image_to_float(x: Tensor, *, low: float = 0.0, high: float = 255.0) -> Tensor:
    """Return images `(N, H, W, C)` of any dtype as float32 `(N, C, H, W)`, `low` to 0 and `high` to 1."""
    return (x.permute(0, 3, 1, 2).to(torch.float32) - low) / (high - low)


def argmax(x: Tensor, *, dim: int) -> Tensor:
    """Return the index, int64, of the largest value of `x`, of any shape, along `dim`, which goes away."""
    return x.argmax(dim=dim)


def output_range(x: Tensor, *, low: float, high: float) -> Tensor:
    """Return sigmoid(x) * (high - low) + low, in the shape of `x`."""
    return torch.sigmoid(x) * (high - low) + low


def reshape(x: Tensor, *, shape: tuple[int, ...]) -> Tensor:
    """Return `x` (N, ...) as (N, *shape)."""
    return torch.unflatten(x.flatten(1), 1, shape)


def unflatten(x: Tensor, *, dim: int, sizes: tuple[int, ...]) -> Tensor:
    """Return `x`, of any shape, with dimension `dim` as several of `sizes`."""
    return torch.unflatten(x, dim, sizes)


def squeeze(x: Tensor, *, dim: int) -> Tensor:
    """Return `x`, of any shape, without dimension `dim`, whose size is 1."""
    return x.squeeze(dim)


def unsqueeze(x: Tensor, *, dim: int) -> Tensor:
    """Return `x`, of any shape, with a dimension of size 1 more at `dim`."""
    return x.unsqueeze(dim)
