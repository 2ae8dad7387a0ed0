"""Convolutions."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import (
    Doc,
    Natural,
    NaturalPair,
    NaturalTriple,
    Positive,
    PositivePair,
    PositiveTriple,
    Table,
)
from archc.spec.frozen import named

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
]

_INFERRED = Doc("Inferred; checked where written.")
_PADDING = Doc(
    "Zeros added on each side. Left out: dilation * (kernel_size - 1) // 2, which keeps the size at stride 1."
)


@named
class Conv1d(Table):
    """A 1-d convolution: `(N, C, L)` to `(N, out_channels, L')`."""

    op: Literal["conv1d"] = "conv1d"
    out_channels: Annotated[Positive, Doc("Channels of the output.")]
    kernel_size: Positive
    stride: Positive = 1
    padding: Annotated[Natural | None, _PADDING] = None
    dilation: Positive = 1
    groups: Positive = 1
    bias: bool = True
    in_channels: Annotated[Positive | None, _INFERRED] = None


@named
class Conv2d(Table):
    """A 2-d convolution: `(N, C, H, W)` to `(N, out_channels, H', W')`."""

    op: Literal["conv2d"] = "conv2d"
    out_channels: Annotated[Positive, Doc("Channels of the output.")]
    kernel_size: Annotated[PositivePair, Doc("Height and width of the kernel, or one number for both.")]
    stride: PositivePair = 1
    padding: Annotated[NaturalPair | None, _PADDING] = None
    dilation: PositivePair = 1
    groups: Positive = 1
    bias: bool = True
    in_channels: Annotated[Positive | None, _INFERRED] = None


@named
class ConvTranspose2d(Table):
    """A 2-d transposed convolution: `(N, C, H, W)` to a larger `(N, out_channels, H', W')`."""

    op: Literal["conv_transpose2d"] = "conv_transpose2d"
    out_channels: Positive
    kernel_size: PositivePair
    stride: PositivePair = 1
    padding: NaturalPair = 0
    output_padding: NaturalPair = 0
    dilation: PositivePair = 1
    groups: Positive = 1
    bias: bool = True
    in_channels: Annotated[Positive | None, _INFERRED] = None


@named
class Conv3d(Table):
    """A 3-d convolution: `(N, C, D, H, W)` to `(N, out_channels, D', H', W')`."""

    op: Literal["conv3d"] = "conv3d"
    out_channels: Annotated[Positive, Doc("Channels of the output.")]
    kernel_size: Annotated[PositiveTriple, Doc("Depth, height and width of the kernel, or one number.")]
    stride: PositiveTriple = 1
    padding: Annotated[NaturalTriple | None, _PADDING] = None
    dilation: PositiveTriple = 1
    groups: Positive = 1
    bias: bool = True
    in_channels: Annotated[Positive | None, _INFERRED] = None


@named
class ConvTranspose1d(Table):
    """A 1-d transposed convolution: `(N, C, L)` to a longer `(N, out_channels, L')`."""

    op: Literal["conv_transpose1d"] = "conv_transpose1d"
    out_channels: Positive
    kernel_size: Positive
    stride: Positive = 1
    padding: Natural = 0
    output_padding: Natural = 0
    dilation: Positive = 1
    groups: Positive = 1
    bias: bool = True
    in_channels: Annotated[Positive | None, _INFERRED] = None


@named
class ConvTranspose3d(Table):
    """A 3-d transposed convolution: `(N, C, D, H, W)` to a larger `(N, out_channels, D', H', W')`."""

    op: Literal["conv_transpose3d"] = "conv_transpose3d"
    out_channels: Positive
    kernel_size: PositiveTriple
    stride: PositiveTriple = 1
    padding: NaturalTriple = 0
    output_padding: NaturalTriple = 0
    dilation: PositiveTriple = 1
    groups: Positive = 1
    bias: bool = True
    in_channels: Annotated[Positive | None, _INFERRED] = None


Convolution = Conv1d | Conv2d | Conv3d | ConvTranspose1d | ConvTranspose2d | ConvTranspose3d
