"""Ops over several inputs: what a graph's nodes and the lowerings are joined by."""

from __future__ import annotations

from typing import Literal

from archc.spec.fields import Index
from archc.spec.layers.layer import LayerFields, layer


@layer
class Add(LayerFields):
    """The sum of the inputs."""

    op: Literal["add"] = "add"


@layer
class Multiply(LayerFields):
    """The product of the inputs."""

    op: Literal["multiply"] = "multiply"


@layer
class AbsDifference(LayerFields):
    """|a - b|."""

    op: Literal["abs_difference"] = "abs_difference"


@layer
class SquaredDifference(LayerFields):
    """(a - b) squared."""

    op: Literal["squared_difference"] = "squared_difference"


@layer
class CosineSimilarity(LayerFields):
    """The cosine between a and b over one dimension, which stays with size 1."""

    op: Literal["cosine_similarity"] = "cosine_similarity"
    dim: Index = 1


@layer
class Concat(LayerFields):
    """The inputs one after the other along one dimension."""

    op: Literal["concat"] = "concat"
    dim: Index = 1


@layer
class ResizeLike(LayerFields):
    """The first input at the second one's height and width."""

    op: Literal["resize_like"] = "resize_like"
    mode: Literal["nearest", "bilinear"] = "nearest"


Joining = AbsDifference | Add | Concat | CosineSimilarity | Multiply | ResizeLike | SquaredDifference
