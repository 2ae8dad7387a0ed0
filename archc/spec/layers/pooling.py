"""Pooling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from archc.spec.fields import Doc, NaturalPair, PositivePair
from archc.spec.layers.layer import LayerFields


@dataclass(frozen=True, kw_only=True, slots=True)
class MaxPool2d(LayerFields):
    """The largest value of each window."""

    op: Literal["max_pool2d"] = "max_pool2d"
    kernel_size: PositivePair
    stride: Annotated[PositivePair | None, Doc("Left out: kernel_size.")] = None
    padding: NaturalPair = 0
    dilation: PositivePair = 1
    ceil_mode: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AvgPool2d(LayerFields):
    """The mean of each window."""

    op: Literal["avg_pool2d"] = "avg_pool2d"
    kernel_size: PositivePair
    stride: Annotated[PositivePair | None, Doc("Left out: kernel_size.")] = None
    padding: NaturalPair = 0
    ceil_mode: bool = False
    count_include_pad: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class AdaptiveAvgPool2d(LayerFields):
    """The mean over a grid of output_size cells, whatever the input's size."""

    op: Literal["adaptive_avg_pool2d"] = "adaptive_avg_pool2d"
    output_size: PositivePair = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class AdaptiveMaxPool2d(LayerFields):
    """The maximum over a grid of output_size cells, whatever the input's size."""

    op: Literal["adaptive_max_pool2d"] = "adaptive_max_pool2d"
    output_size: PositivePair = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class AdaptiveConcatPool2d(LayerFields):
    """Maximum and mean side by side: `(N, C, H, W)` to `(N, 2C, *output_size)`, the maximum first."""

    op: Literal["adaptive_concat_pool2d"] = "adaptive_concat_pool2d"
    output_size: PositivePair = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class GlobalAvgPool2d(LayerFields):
    """The mean over height and width: `(N, C, H, W)` to `(N, C, 1, 1)`."""

    op: Literal["global_avg_pool2d"] = "global_avg_pool2d"


@dataclass(frozen=True, kw_only=True, slots=True)
class BlurPool2d(LayerFields):
    """A 2x2 mean at stride 1 over the map padded left and top by its own edge: removes checkerboards."""

    op: Literal["blur"] = "blur"
