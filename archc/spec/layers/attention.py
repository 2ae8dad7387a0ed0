"""Attention."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Doc, Positive, Probability, Table
from archc.spec.frozen import named

__all__ = [
    "MultiheadAttention",
    "SelfAttention2d",
]


@named
class SelfAttention2d(Table):
    """Self-attention over the positions of `(N, C, H, W)`, a learned share of it added to the input.

    The layer of "Self-Attention Generative Adversarial Networks" (2018) as fastai has it: query and
    key of C // 8 channels, spectral norm on the three 1x1 convolutions, gamma starting at 0.
    """

    op: Literal["self_attention2d"] = "self_attention2d"
    channels: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@named
class MultiheadAttention(Table):
    """Multi-head self-attention over `(N, L, C)`."""

    op: Literal["multihead_attention"] = "multihead_attention"
    num_heads: Positive
    dropout: Probability = 0.0
    embed_dim: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


Attention = MultiheadAttention | SelfAttention2d
