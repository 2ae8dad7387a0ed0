"""Normalisation layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from archc.spec.fields import Doc, Positive, PositiveFloat, Probability
from archc.spec.layers.layer import LayerFields


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchNorm1d(LayerFields):
    """Batch normalisation of `(N, C)` or `(N, C, L)` over all but the channels."""

    op: Literal["batch_norm1d"] = "batch_norm1d"
    eps: PositiveFloat = 1e-5
    momentum: Probability = 0.1
    affine: bool = True
    num_features: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchNorm2d(LayerFields):
    """Batch normalisation of `(N, C, H, W)` over all but the channels."""

    op: Literal["batch_norm2d"] = "batch_norm2d"
    eps: PositiveFloat = 1e-5
    momentum: Probability = 0.1
    affine: bool = True
    num_features: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerNorm(LayerFields):
    """Layer normalisation over the last dimension of `(..., C)`."""

    op: Literal["layer_norm"] = "layer_norm"
    eps: PositiveFloat = 1e-5
    normalized_shape: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerNorm2d(LayerFields):
    """Layer normalisation over the channels of `(N, C, H, W)`, as ConvNeXt has it."""

    op: Literal["layer_norm2d"] = "layer_norm2d"
    eps: PositiveFloat = 1e-6
    normalized_shape: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupNorm(LayerFields):
    """Group normalisation of `(N, C, ...)`."""

    op: Literal["group_norm"] = "group_norm"
    num_groups: Positive
    eps: PositiveFloat = 1e-5
    num_channels: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None
