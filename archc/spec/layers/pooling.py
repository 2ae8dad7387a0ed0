"""Pooling."""

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
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveConcatPool2d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BlurPool2d",
    "GlobalAvgPool2d",
    "GlobalMaxPool2d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
]


@named
class MaxPool2d(Table):
    """The largest value of each window."""

    op: Literal["max_pool2d"] = "max_pool2d"
    kernel_size: PositivePair
    stride: Annotated[PositivePair | None, Doc("Left out: kernel_size.")] = None
    padding: NaturalPair = 0
    dilation: PositivePair = 1
    ceil_mode: bool = False


@named
class AvgPool2d(Table):
    """The mean of each window."""

    op: Literal["avg_pool2d"] = "avg_pool2d"
    kernel_size: PositivePair
    stride: Annotated[PositivePair | None, Doc("Left out: kernel_size.")] = None
    padding: NaturalPair = 0
    ceil_mode: bool = False
    count_include_pad: bool = True


@named
class AdaptiveAvgPool2d(Table):
    """The mean over a grid of output_size cells, whatever the input's size."""

    op: Literal["adaptive_avg_pool2d"] = "adaptive_avg_pool2d"
    output_size: PositivePair = 1


@named
class AdaptiveMaxPool2d(Table):
    """The maximum over a grid of output_size cells, whatever the input's size."""

    op: Literal["adaptive_max_pool2d"] = "adaptive_max_pool2d"
    output_size: PositivePair = 1


@named
class AdaptiveConcatPool2d(Table):
    """Maximum and mean side by side: `(N, C, H, W)` to `(N, 2C, *output_size)`, the maximum first."""

    op: Literal["adaptive_concat_pool2d"] = "adaptive_concat_pool2d"
    output_size: PositivePair = 1


@named
class GlobalAvgPool2d(Table):
    """The mean over height and width: `(N, C, H, W)` to `(N, C, 1, 1)`."""

    op: Literal["global_avg_pool2d"] = "global_avg_pool2d"


@named
class GlobalMaxPool2d(Table):
    """The maximum over height and width: `(N, C, H, W)` to `(N, C, 1, 1)`."""

    op: Literal["global_max_pool2d"] = "global_max_pool2d"


@named
class BlurPool2d(Table):
    """A 2x2 mean at stride 1 over the map padded left and top by its own edge: removes checkerboards."""

    op: Literal["blur"] = "blur"


@named
class MaxPool1d(Table):
    """The largest value of each window of `(N, C, L)`."""

    op: Literal["max_pool1d"] = "max_pool1d"
    kernel_size: Positive
    stride: Annotated[Positive | None, Doc("Left out: kernel_size.")] = None
    padding: Natural = 0
    dilation: Positive = 1
    ceil_mode: bool = False


@named
class AvgPool1d(Table):
    """The mean of each window of `(N, C, L)`."""

    op: Literal["avg_pool1d"] = "avg_pool1d"
    kernel_size: Positive
    stride: Annotated[Positive | None, Doc("Left out: kernel_size.")] = None
    padding: Natural = 0
    ceil_mode: bool = False
    count_include_pad: bool = True


@named
class AdaptiveAvgPool1d(Table):
    """The mean over output_size cells of `(N, C, L)`, whatever the input's size."""

    op: Literal["adaptive_avg_pool1d"] = "adaptive_avg_pool1d"
    output_size: Positive = 1


@named
class AdaptiveMaxPool1d(Table):
    """The maximum over output_size cells of `(N, C, L)`, whatever the input's size."""

    op: Literal["adaptive_max_pool1d"] = "adaptive_max_pool1d"
    output_size: Positive = 1


@named
class MaxPool3d(Table):
    """The largest value of each window of `(N, C, D, H, W)`."""

    op: Literal["max_pool3d"] = "max_pool3d"
    kernel_size: PositiveTriple
    stride: Annotated[PositiveTriple | None, Doc("Left out: kernel_size.")] = None
    padding: NaturalTriple = 0
    dilation: PositiveTriple = 1
    ceil_mode: bool = False


@named
class AvgPool3d(Table):
    """The mean of each window of `(N, C, D, H, W)`."""

    op: Literal["avg_pool3d"] = "avg_pool3d"
    kernel_size: PositiveTriple
    stride: Annotated[PositiveTriple | None, Doc("Left out: kernel_size.")] = None
    padding: NaturalTriple = 0
    ceil_mode: bool = False
    count_include_pad: bool = True


@named
class AdaptiveAvgPool3d(Table):
    """The mean over output_size cells of `(N, C, D, H, W)`, whatever the input's size."""

    op: Literal["adaptive_avg_pool3d"] = "adaptive_avg_pool3d"
    output_size: PositiveTriple = 1


@named
class AdaptiveMaxPool3d(Table):
    """The maximum over output_size cells of `(N, C, D, H, W)`, whatever the input's size."""

    op: Literal["adaptive_max_pool3d"] = "adaptive_max_pool3d"
    output_size: PositiveTriple = 1


Pooling = (
    AdaptiveAvgPool1d
    | AdaptiveAvgPool2d
    | AdaptiveAvgPool3d
    | AdaptiveConcatPool2d
    | AdaptiveMaxPool1d
    | AdaptiveMaxPool2d
    | AdaptiveMaxPool3d
    | AvgPool1d
    | AvgPool2d
    | AvgPool3d
    | BlurPool2d
    | GlobalAvgPool2d
    | GlobalMaxPool2d
    | MaxPool1d
    | MaxPool2d
    | MaxPool3d
)
