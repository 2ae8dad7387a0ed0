"""Layers that torch has no module for, each on torch alone: `archc eject` copies those that a model needs.

They compute what the layers of `archc.modules` compute, to the last bit; a test holds them to it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LayerNorm2d(nn.Module):
    """Layer normalisation over the channels of (N, C, H, W)."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        last = x.permute(0, 2, 3, 1)
        normed = F.layer_norm(last, self.weight.shape, self.weight, self.bias, self.eps)
        return normed.permute(0, 3, 1, 2)


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
        return (x - self.mean) / self.std


class AdaptiveConcatPool2d(nn.Module):
    """Maximum and mean side by side: (N, C, H, W) to (N, 2C, *output_size)."""

    def __init__(self, output_size: int | tuple[int, int]) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, x: Tensor) -> Tensor:
        largest = F.adaptive_max_pool2d(x, self.output_size)
        mean = F.adaptive_avg_pool2d(x, self.output_size)
        return torch.cat([largest, mean], dim=1)


class BlurPool2d(nn.Module):
    """A 2x2 mean at stride 1 of (N, C, H, W) padded left and top by its edge."""

    def forward(self, x: Tensor) -> Tensor:
        padded = F.pad(x, (1, 0, 1, 0), mode="replicate")
        return F.avg_pool2d(padded, kernel_size=2, stride=1)


class StochasticDepth(nn.Module):
    """The input, or zeros with probability p while training, scaled so that its mean stays."""

    def __init__(self, p: float, mode: str = "row") -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0.0:
            return x
        kept = 1.0 - self.p
        rows = x.shape[0] if self.mode == "row" else 1
        mask = x.new_empty((rows, *(1,) * (x.dim() - 1)))
        return x * mask.bernoulli_(kept).div_(kept)


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
        if self.training:
            self.iterate()
        u, v = self.weight_u.clone(), self.weight_v.clone()
        largest = torch.sum((self.weight_orig.squeeze(2) * v).sum(1) * u)
        return F.conv1d(x, self.weight_orig / largest)

    @torch.no_grad()
    def iterate(self, steps: int = 1) -> None:
        """Move the buffers towards the first singular vectors."""
        matrix = self.weight_orig.squeeze(2)
        for _ in range(steps):
            v = (matrix.t() * self.weight_u).sum(1)
            self.weight_v.copy_(F.normalize(v, dim=0, eps=1e-12))
            u = (matrix * self.weight_v).sum(1)
            self.weight_u.copy_(F.normalize(u, dim=0, eps=1e-12))


class SelfAttention2d(nn.Module):
    """Self-attention over the positions of (N, C, H, W), a learnt share of it added to the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1))
        self.query = SpectralConv1d(channels, channels // 8)
        self.key = SpectralConv1d(channels, channels // 8)
        self.value = SpectralConv1d(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
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
        packed = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        # (N, L, 3C) to three of (N, heads, L, C / heads)
        heads = torch.unflatten(packed, 2, (3, self.num_heads, -1))
        query, key, value = heads.permute(2, 0, 3, 1, 4).unbind(0)
        dropped = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(query, key, value, dropout_p=dropped)
        projected: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return projected


class Permute(nn.Module):
    """The dimensions in another order, the batch counted."""

    def __init__(self, *dims: int) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.dims)


class Reshape(nn.Module):
    """The numbers of each example in another shape."""

    def __init__(self, *sizes: int) -> None:
        super().__init__()
        self.sizes = sizes

    def forward(self, x: Tensor) -> Tensor:
        return torch.unflatten(x.flatten(1), 1, self.sizes)


class Squeeze(nn.Module):
    """Without a dimension of size 1."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        return x.squeeze(self.dim)


class Unsqueeze(nn.Module):
    """With a dimension of size 1 more."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        return x.unsqueeze(self.dim)


class PackedAttention(nn.Module):
    """Queries, keys and values side by side, (N, L, 3C), to what they attend to, (N, L, C)."""

    def __init__(self, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads

    def forward(self, x: Tensor) -> Tensor:
        heads = torch.unflatten(x, 2, (3, self.num_heads, -1))
        query, key, value = heads.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return mixed.transpose(1, 2).flatten(2)


class ChannelShuffle(nn.Module):
    """The channels of (N, C, H, W) dealt out over groups."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        dealt = torch.unflatten(x, 1, (self.groups, -1))
        return dealt.transpose(1, 2).flatten(1, 2)


class OutputRange(nn.Module):
    """sigmoid(x) * (high - low) + low."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.low = low
        self.high = high

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(x) * (self.high - self.low) + self.low


class Parts(nn.Module):
    """A place that holds parts under any names and does nothing itself."""

    def __init__(self, parts: dict[str, nn.Module]) -> None:
        super().__init__()
        self._modules.update(parts)


def part_of(owner: nn.Module, path: str) -> nn.Module:
    """The part at a dotted path, whatever its name."""
    for name in path.split("."):
        part = owner._modules[name]
        assert part is not None
        owner = part
    return owner


def icnr_(weight: Tensor, scale: int) -> None:
    """Kaiming's start, the same for all sub-pixels that a pixel shuffle deals out: no checkerboards.

    Source: "Checkerboard artifact free sub-pixel convolution" (2017).
    """
    copies = scale * scale
    single = torch.empty(weight.shape[0] // copies, *weight.shape[1:])
    nn.init.kaiming_normal_(single)
    with torch.no_grad():
        weight.copy_(single.repeat_interleave(copies, dim=0))
