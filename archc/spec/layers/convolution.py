"""Convolutions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from archc.spec.fields import Doc, NaturalPair, Positive, PositivePair
from archc.spec.layers.layer import LayerFields


@dataclass(frozen=True, kw_only=True, slots=True)
class Conv2d(LayerFields):
    """A 2-d convolution: `(N, C, H, W)` to `(N, out_channels, H', W')`."""

    op: Literal["conv2d"] = "conv2d"
    out_channels: Annotated[Positive, Doc("Channels of the output.")]
    kernel_size: Annotated[PositivePair, Doc("Height and width of the kernel, or one number for both.")]
    stride: PositivePair = 1
    padding: Annotated[
        NaturalPair | None,
        Doc("Zeros added on each side. Left out: dilation * (kernel_size - 1) // 2, which keeps the size."),
    ] = None
    dilation: PositivePair = 1
    groups: Positive = 1
    bias: bool = True
    in_channels: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ConvTranspose2d(LayerFields):
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
    in_channels: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None
