"""Fully connected layers, and tables of vectors."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Doc, Positive, Table
from archc.spec.frozen import named

__all__ = [
    "Embedding",
    "Linear",
]


@named
class Linear(Table):
    """A fully connected layer over the last dimension: `(..., in_features)` to `(..., out_features)`."""

    op: Literal["linear"] = "linear"
    out_features: Positive
    bias: bool = True
    in_features: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@named
class Embedding(Table):
    """A learned vector for each index: int64 `(...)` to `(..., embedding_dim)`."""

    op: Literal["embedding"] = "embedding"
    num_embeddings: Annotated[Positive, Doc("Indices run from 0 to one less.")]
    embedding_dim: Positive


FullyConnected = Embedding | Linear
