"""Layers that stand for several: each is written out as nodes, and no plan holds them."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Doc, NaturalPair, Positive, PositivePair, Probability, Table
from archc.spec.frozen import named

__all__ = [
    "DepthwiseConv2d",
    "PixelShuffleIcnr",
    "ReluSquared",
    "SeparableConv2d",
    "SqueezeExcitation",
    "TransformerEncoderLayer",
]


@named
class DepthwiseConv2d(Table):
    """A 2-d convolution of each channel by itself: a `conv2d` with as many groups as channels."""

    op: Literal["depthwise_conv2d"] = "depthwise_conv2d"
    kernel_size: PositivePair
    stride: PositivePair = 1
    padding: Annotated[NaturalPair | None, Doc("Left out: what keeps the size at stride 1.")] = None
    dilation: PositivePair = 1
    multiplier: Annotated[Positive, Doc("Output channels for each input channel.")] = 1
    bias: bool = True


@named
class SeparableConv2d(Table):
    """A depthwise convolution, then a 1x1 convolution over the channels: `depthwise` and `pointwise`."""

    op: Literal["separable_conv2d"] = "separable_conv2d"
    out_channels: Positive
    kernel_size: PositivePair
    stride: PositivePair = 1
    padding: Annotated[NaturalPair | None, Doc("Left out: what keeps the size at stride 1.")] = None
    dilation: PositivePair = 1
    bias: bool = True


@named
class PixelShuffleIcnr(Table):
    """Enlarging without checkerboards: a 1x1 convolution that starts by ICNR, ReLU, pixel shuffle.

    Source: "Checkerboard artifact free sub-pixel convolution" (2017); the layers are fastai's.
    """

    op: Literal["pixel_shuffle_icnr"] = "pixel_shuffle_icnr"
    out_channels: Annotated[Positive | None, Doc("Left out: as many as come in.")] = None
    upscale_factor: Positive = 2
    blur: Annotated[bool, Doc("A 2x2 blur behind it.")] = False


@named
class ReluSquared(Table):
    """max(x, 0) squared.

    Source: "Primer: Searching for Efficient Transformers for Language Modeling" (2021).
    """

    op: Literal["relu_squared"] = "relu_squared"


@named
class SqueezeExcitation(Table):
    """Each channel times a number between 0 and 1 that all channels' means decide.

    Source: "Squeeze-and-Excitation Networks" (2018); the submodules' names are torchvision's.
    """

    op: Literal["squeeze_excitation"] = "squeeze_excitation"
    squeeze_channels: Annotated[Positive | None, Doc("Left out: channels / ratio.")] = None
    ratio: Positive = 16
    activation: Literal["relu", "silu", "gelu", "hardswish"] = "relu"
    scale_activation: Literal["sigmoid", "hardsigmoid"] = "sigmoid"


@named
class TransformerEncoderLayer(Table):
    """Self-attention and two linear layers over `(N, L, C)`, a residual sum and a norm with each.

    Source: "Attention Is All You Need" (2017); submodules and defaults are those of torch's module.
    """

    op: Literal["transformer_encoder_layer"] = "transformer_encoder_layer"
    nhead: Positive
    dim_feedforward: Positive = 2048
    dropout: Probability = 0.1
    activation: Literal["relu", "gelu"] = "relu"
    norm_first: Annotated[bool, Doc("Norms before attention and linear layers, not behind the sums.")] = False


Composite = (
    DepthwiseConv2d
    | PixelShuffleIcnr
    | ReluSquared
    | SeparableConv2d
    | SqueezeExcitation
    | TransformerEncoderLayer
)
