"""Normalization layers."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Doc, Positive, PositiveFloat, Probability, Table
from archc.spec.frozen import named

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "GlobalResponseNorm",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "LayerNorm",
    "LayerNorm2d",
    "LocalResponseNorm",
    "RmsNorm",
]


@named
class BatchNorm1d(Table):
    """Batch normalization of `(N, C)` or `(N, C, L)` over all but the channels."""

    op: Literal["batch_norm1d"] = "batch_norm1d"
    eps: PositiveFloat = 1e-5
    momentum: Probability = 0.1
    affine: bool = True
    num_features: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@named
class BatchNorm2d(Table):
    """Batch normalization of `(N, C, H, W)` over all but the channels."""

    op: Literal["batch_norm2d"] = "batch_norm2d"
    eps: PositiveFloat = 1e-5
    momentum: Probability = 0.1
    affine: bool = True
    num_features: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@named
class LayerNorm(Table):
    """Layer normalization over the last dimension of `(..., C)`."""

    op: Literal["layer_norm"] = "layer_norm"
    eps: PositiveFloat = 1e-5
    normalized_shape: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@named
class LayerNorm2d(Table):
    """Layer normalization over the channels of `(N, C, H, W)`, as ConvNeXt has it."""

    op: Literal["layer_norm2d"] = "layer_norm2d"
    eps: PositiveFloat = 1e-6
    normalized_shape: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@named
class GlobalResponseNorm(Table):
    """Global response normalization of `(N, C, H, W)`: channels compete by their norms over H and W.

    x + weight * x * n + bias, where n is the channel's L2 norm over (the mean of all channels' norms + eps).
    Weight and bias, the paper's gamma and beta, start at 0: the layer starts as the identity.

    Source: "ConvNeXt V2: Co-designing and Scaling ConvNets with Masked Autoencoders" (2023).
    """

    op: Literal["global_response_norm"] = "global_response_norm"
    eps: PositiveFloat = 1e-6
    num_channels: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@named
class GroupNorm(Table):
    """Group normalization of `(N, C, ...)`."""

    op: Literal["group_norm"] = "group_norm"
    num_groups: Positive
    eps: PositiveFloat = 1e-5
    num_channels: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@named
class BatchNorm3d(Table):
    """Batch normalization of `(N, C, D, H, W)` over all but the channels."""

    op: Literal["batch_norm3d"] = "batch_norm3d"
    eps: PositiveFloat = 1e-5
    momentum: Probability = 0.1
    affine: bool = True
    num_features: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@named
class InstanceNorm1d(Table):
    """Normalization of each channel of each example of `(N, C, L)`."""

    op: Literal["instance_norm1d"] = "instance_norm1d"
    eps: PositiveFloat = 1e-5
    affine: bool = False
    num_features: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@named
class InstanceNorm2d(Table):
    """Normalization of each channel of each example of `(N, C, H, W)`."""

    op: Literal["instance_norm2d"] = "instance_norm2d"
    eps: PositiveFloat = 1e-5
    affine: bool = False
    num_features: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@named
class RmsNorm(Table):
    """Division by the root mean square over the last dimension of `(..., C)`."""

    op: Literal["rms_norm"] = "rms_norm"
    eps: Annotated[PositiveFloat | None, Doc("Left out: 2**-23, float32's own.")] = None
    elementwise_affine: bool = True
    normalized_shape: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@named
class LocalResponseNorm(Table):
    """`(N, C, H, W)` over (k + alpha * the mean square of `size` neighboring channels) ** beta."""

    op: Literal["local_response_norm"] = "local_response_norm"
    size: Positive
    alpha: PositiveFloat = 1e-4
    beta: PositiveFloat = 0.75
    k: PositiveFloat = 1.0


Normalization = (
    BatchNorm1d
    | BatchNorm2d
    | BatchNorm3d
    | GlobalResponseNorm
    | GroupNorm
    | InstanceNorm1d
    | InstanceNorm2d
    | LayerNorm
    | LayerNorm2d
    | LocalResponseNorm
    | RmsNorm
)
