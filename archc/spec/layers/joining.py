"""Ops over several inputs: what a graph's nodes and the lowerings are joined by."""

from __future__ import annotations

from typing import Literal

from archc.spec.fields import Index, Table
from archc.spec.frozen import named

__all__ = [
    "AbsDifference",
    "Add",
    "Concat",
    "CosineSimilarity",
    "Multiply",
    "ResizeLike",
    "SquaredDifference",
]


@named
class Add(Table):
    """The sum of the inputs."""

    op: Literal["add"] = "add"


@named
class Multiply(Table):
    """The product of the inputs."""

    op: Literal["multiply"] = "multiply"


@named
class AbsDifference(Table):
    """|a - b|."""

    op: Literal["abs_difference"] = "abs_difference"


@named
class SquaredDifference(Table):
    """(a - b) squared."""

    op: Literal["squared_difference"] = "squared_difference"


@named
class CosineSimilarity(Table):
    """The cosine between a and b over one dimension, which stays with size 1."""

    op: Literal["cosine_similarity"] = "cosine_similarity"
    dim: Index = 1


@named
class Concat(Table):
    """The inputs one after the other along one dimension."""

    op: Literal["concat"] = "concat"
    dim: Index = 1


@named
class ResizeLike(Table):
    """The first input at the second one's height and width."""

    op: Literal["resize_like"] = "resize_like"
    mode: Literal["nearest", "bilinear"] = "nearest"


Joining = AbsDifference | Add | Concat | CosineSimilarity | Multiply | ResizeLike | SquaredDifference
