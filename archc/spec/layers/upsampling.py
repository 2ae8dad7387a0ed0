"""Upsampling."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Doc, Positive, PositivePair
from archc.spec.layers.layer import LayerFields, layer


@layer
class Upsample(LayerFields):
    """Height and width times scale_factor, or at a size of their own."""

    op: Literal["upsample"] = "upsample"
    size: Annotated[PositivePair | None, Doc("Height and width of the output, or one number for both.")] = (
        None
    )
    scale_factor: Annotated[Positive | None, Doc("Left out: 2, unless there is a size.")] = None
    mode: Literal["nearest", "bilinear", "bicubic"] = "nearest"
    align_corners: Annotated[
        bool, Doc("The corner pixels' centres stay where they are; not with `nearest`.")
    ] = False


@layer
class PixelShuffle(LayerFields):
    """`(N, C * r * r, H, W)` to `(N, C, H * r, W * r)`, r being upscale_factor."""

    op: Literal["pixel_shuffle"] = "pixel_shuffle"
    upscale_factor: Positive


@layer
class PixelUnshuffle(LayerFields):
    """`(N, C, H * r, W * r)` to `(N, C * r * r, H, W)`, r being downscale_factor."""

    op: Literal["pixel_unshuffle"] = "pixel_unshuffle"
    downscale_factor: Positive


Upsampling = PixelShuffle | PixelUnshuffle | Upsample
