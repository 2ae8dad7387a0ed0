"""Attention layers.

State-dict names, which `archc.ops.costs` predicts:

- `SelfAttention2d`: parameters `gamma` (1,), `query.weight_orig` (C // 8, C, 1), `key.weight_orig`
  (C // 8, C, 1), `value.weight_orig` (C, C, 1); buffers `weight_u` (out,) and `weight_v` (C,) beside each
  `weight_orig`. `torch.nn.utils.spectral_norm` gives these names; fastai's layer has them one level deeper
  (`query.0.weight_orig`).
- `MultiheadAttention`: those of `torch.nn.MultiheadAttention`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from archc.modules.uninitialized import uninitialised


class SpectralConv1d(nn.Module):
    """A 1x1 convolution of `(N, C, L)` without bias, its matrix divided by its largest singular value.

    The value is an estimate: a step of power iteration per forward while training, none in evaluation. That
    is what `torch.nn.utils.spectral_norm` does by a hook; without one it compiles, exports and copies.
    """

    weight_orig: nn.Parameter
    weight_u: Tensor
    weight_v: Tensor

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.weight_orig = nn.Parameter(torch.empty(out_channels, in_channels, 1))
        self.register_buffer("weight_u", torch.empty(out_channels))
        self.register_buffer("weight_v", torch.empty(in_channels))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.iterate()
        # Copies, because a module applied twice moves the buffers before the first application's backward.
        u, v = self.weight_u.clone(), self.weight_v.clone()
        return F.conv1d(x, self.weight_orig / torch.sum(_times(self._matrix, v) * u))

    @torch.no_grad()
    def iterate(self, steps: int = 1) -> None:
        """Move `weight_u` and `weight_v` towards the first singular vectors."""
        matrix = self._matrix
        for _ in range(steps):
            self.weight_v.copy_(F.normalize(_times(matrix.t(), self.weight_u), dim=0, eps=1e-12))
            self.weight_u.copy_(F.normalize(_times(matrix, self.weight_v), dim=0, eps=1e-12))

    @property
    def _matrix(self) -> Tensor:
        return self.weight_orig.squeeze(2)


def _times(matrix: Tensor, vector: Tensor) -> Tensor:
    """matrix @ vector in the tensors' own precision, which autocast would lower for `mv`."""
    return (matrix * vector).sum(1)


class SelfAttention2d(nn.Module):
    """Self-attention over the positions of `(N, C, H, W)`: gamma times what is attended to, plus the input.

    Matches fastai's `SelfAttention`: the softmax runs over the first of the two position axes.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.empty(1))
        self.query = SpectralConv1d(channels, channels // 8)
        self.key = SpectralConv1d(channels, channels // 8)
        self.value = SpectralConv1d(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        places = x.flatten(2)
        scores = torch.bmm(self.query(places).transpose(1, 2), self.key(places))
        attended = torch.bmm(self.value(places), F.softmax(scores, dim=1))
        # The result has the input's own memory format: autograd and convolutions after it like it better.
        return self.gamma * attended.view_as(x) + x


class MultiheadAttention(nn.Module):
    """Self-attention of several heads over `(N, L, C)`: `torch.nn.MultiheadAttention` batch first."""

    def __init__(self, embed_dim: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.dropout = dropout
        self.in_proj_weight = nn.Parameter(torch.empty(3 * embed_dim, embed_dim))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * embed_dim))
        self.out_proj = uninitialised(nn.Linear, embed_dim, embed_dim)

    def forward(self, x: Tensor) -> Tensor:
        packed = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        # (N, L, 3C) to three of (N, heads, L, C / heads)
        heads = torch.unflatten(packed, 2, (3, self.num_heads, -1))
        query, key, value = heads.permute(2, 0, 3, 1, 4).unbind(0)
        dropped = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(query, key, value, dropout_p=dropped)
        projected: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return projected
