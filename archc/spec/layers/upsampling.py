"""Upsampling."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Doc, Positive, PositivePair, Table
from archc.spec.frozen import named

__all__ = [
    "PixelShuffle",
    "PixelUnshuffle",
    "Upsample",
]


@named
class Upsample(Table):
    """Height and width times scale_factor, or at a size of their own."""

    op: Literal["upsample"] = "upsample"
    size: Annotated[PositivePair | None, Doc("Height and width of the output, or one number for both.")] = (
        None
    )
    scale_factor: Annotated[
        Positive | None,
        Doc("A whole number; for other factors give a size. Left out: 2, unless there is a size."),
    ] = None
    mode: Literal["nearest", "bilinear", "bicubic"] = "nearest"
    align_corners: Annotated[
        bool, Doc("The corner pixels' centers stay where they are; not with `nearest`.")
    ] = False


@named
class PixelShuffle(Table):
    """`(N, C * r * r, H, W)` to `(N, C, H * r, W * r)`, r being upscale_factor."""

    op: Literal["pixel_shuffle"] = "pixel_shuffle"
    upscale_factor: Positive


@named
class PixelUnshuffle(Table):
    """`(N, C, H * r, W * r)` to `(N, C * r * r, H, W)`, r being downscale_factor."""

    op: Literal["pixel_unshuffle"] = "pixel_unshuffle"
    downscale_factor: Positive


Upsampling = PixelShuffle | PixelUnshuffle | Upsample
