"""Attention layers.

Their source is what `archc eject` copies: each stands on torch alone, and starts its own parameters.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SpectralConv1d(nn.Module):
    """A 1x1 convolution of (N, C, L) without bias, divided by its largest singular value."""

    weight_u: Tensor
    weight_v: Tensor

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.weight_orig = nn.Parameter(torch.empty(out_channels, in_channels, 1))
        self.register_buffer("weight_u", F.normalize(torch.randn(out_channels), dim=0))
        self.register_buffer("weight_v", F.normalize(torch.randn(in_channels), dim=0))
        nn.init.kaiming_normal_(self.weight_orig)
        self.iterate(15)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, O, L) for `x` (N, C, L)."""
        if self.training:
            self.iterate()
        u, v = self.weight_u.clone(), self.weight_v.clone()
        largest = torch.sum((self.weight_orig.squeeze(2) * v).sum(1) * u)
        return F.conv1d(x, self.weight_orig / largest)

    @torch.no_grad()
    def iterate(self, steps: int = 1) -> None:
        """Move the buffers toward the first singular vectors."""
        matrix = self.weight_orig.squeeze(2)
        for _ in range(steps):
            v = (matrix.t() * self.weight_u).sum(1)
            self.weight_v.copy_(F.normalize(v, dim=0, eps=1e-12))
            u = (matrix * self.weight_v).sum(1)
            self.weight_u.copy_(F.normalize(u, dim=0, eps=1e-12))


class SelfAttention2d(nn.Module):
    """Self-attention over the positions of (N, C, H, W), a learned share of it added to the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1))
        self.query = SpectralConv1d(channels, channels // 8)
        self.key = SpectralConv1d(channels, channels // 8)
        self.value = SpectralConv1d(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C, H, W) for `x` (N, C, H, W)."""
        places = x.flatten(2)  # (N, C, H * W)
        scores = torch.bmm(self.query(places).transpose(1, 2), self.key(places))
        attended = torch.bmm(self.value(places), F.softmax(scores, dim=1))
        return self.gamma * attended.view_as(x) + x


class MultiheadAttention(nn.Module):
    """Self-attention of several heads over (N, L, C)."""

    def __init__(self, embed_dim: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.dropout = dropout
        self.in_proj_weight = nn.Parameter(torch.empty(3 * embed_dim, embed_dim))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * embed_dim))
        self.out_proj = nn.Linear(embed_dim, embed_dim)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.zeros_(self.out_proj.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, L, C) for `x` (N, L, C)."""
        packed = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        # (N, L, 3C) to three of (N, heads, L, C / heads)
        heads = torch.unflatten(packed, 2, (3, self.num_heads, -1))
        query, key, value = heads.permute(2, 0, 3, 1, 4).unbind(0)
        dropped = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(query, key, value, dropout_p=dropped)
        projected: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return projected


class PackedAttention(nn.Module):
    """Queries, keys and values side by side, (N, L, 3C), to what they attend to, (N, L, C)."""

    def __init__(self, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, L, C) for `x` (N, L, 3C)."""
        heads = torch.unflatten(x, 2, (3, self.num_heads, -1))
        query, key, value = heads.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return mixed.transpose(1, 2).flatten(2)
