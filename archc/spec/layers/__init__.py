"""The closed set of ops. `Layer` is what a spec may write in a list; `Op` is what a plan may hold."""

from __future__ import annotations

from typing import Annotated, get_args

from archc.spec.fields import Tagged, tag_of
from archc.spec.layers.activation import (
    Gelu,
    Hardsigmoid,
    Hardswish,
    LeakyRelu,
    OutputRange,
    Relu,
    Relu6,
    Sigmoid,
    Silu,
    Softmax,
    Tanh,
)
from archc.spec.layers.attention import MultiheadAttention, SelfAttention2d
from archc.spec.layers.convolution import Conv2d, ConvTranspose2d
from archc.spec.layers.internal import (
    Argmax,
    ExpandBatch,
    ImageToFloat,
    Mean,
    Narrow,
    Normalize,
    OpaqueBody,
    Parameter,
    Select,
)
from archc.spec.layers.joining import (
    AbsDifference,
    Add,
    Concat,
    CosineSimilarity,
    Multiply,
    ResizeLike,
    SquaredDifference,
)
from archc.spec.layers.linear import Linear
from archc.spec.layers.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm, LayerNorm2d
from archc.spec.layers.pooling import (
    AdaptiveAvgPool2d,
    AdaptiveConcatPool2d,
    AdaptiveMaxPool2d,
    AvgPool2d,
    BlurPool2d,
    GlobalAvgPool2d,
    MaxPool2d,
)
from archc.spec.layers.shape import ChannelShuffle, Dropout, Flatten, Identity, Permute, StochasticDepth
from archc.spec.layers.upsampling import PixelShuffle, Upsample

Chained = (
    AdaptiveAvgPool2d
    | AdaptiveConcatPool2d
    | AdaptiveMaxPool2d
    | AvgPool2d
    | BatchNorm1d
    | BatchNorm2d
    | BlurPool2d
    | ChannelShuffle
    | Conv2d
    | ConvTranspose2d
    | Dropout
    | Flatten
    | Gelu
    | GlobalAvgPool2d
    | GroupNorm
    | Hardsigmoid
    | Hardswish
    | Identity
    | LayerNorm
    | LayerNorm2d
    | LeakyRelu
    | Linear
    | MaxPool2d
    | MultiheadAttention
    | OutputRange
    | Permute
    | PixelShuffle
    | Relu
    | Relu6
    | SelfAttention2d
    | Sigmoid
    | Silu
    | Softmax
    | StochasticDepth
    | Tanh
    | Upsample
)
Joining = AbsDifference | Add | Concat | CosineSimilarity | Multiply | ResizeLike | SquaredDifference
Internal = Argmax | ExpandBatch | ImageToFloat | Mean | Narrow | Normalize | OpaqueBody | Parameter | Select
Op = Chained | Joining | Internal
Layer = Annotated[Chained, Tagged("op")]

OPS: dict[str, type[Op]] = {tag_of(cls, "op"): cls for cls in get_args(Op)}
"""Every op by its name."""

__all__ = [
    "AbsDifference",
    "AdaptiveAvgPool2d",
    "AdaptiveConcatPool2d",
    "AdaptiveMaxPool2d",
    "Add",
    "Argmax",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "BlurPool2d",
    "Chained",
    "ChannelShuffle",
    "Concat",
    "Conv2d",
    "ConvTranspose2d",
    "CosineSimilarity",
    "Dropout",
    "ExpandBatch",
    "Flatten",
    "Gelu",
    "GlobalAvgPool2d",
    "GroupNorm",
    "Hardsigmoid",
    "Hardswish",
    "Identity",
    "ImageToFloat",
    "Internal",
    "Joining",
    "Layer",
    "LayerNorm",
    "LayerNorm2d",
    "LeakyRelu",
    "Linear",
    "MaxPool2d",
    "Mean",
    "MultiheadAttention",
    "Multiply",
    "Narrow",
    "Normalize",
    "OPS",
    "Op",
    "OpaqueBody",
    "OutputRange",
    "Parameter",
    "Permute",
    "PixelShuffle",
    "Relu",
    "Relu6",
    "ResizeLike",
    "Select",
    "SelfAttention2d",
    "Sigmoid",
    "Silu",
    "Softmax",
    "SquaredDifference",
    "StochasticDepth",
    "Tanh",
    "Upsample",
]
