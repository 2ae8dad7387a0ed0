"""Upsampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archc.spec.fields import Positive
from archc.spec.layers.layer import LayerFields


@dataclass(frozen=True, kw_only=True, slots=True)
class Upsample(LayerFields):
    """Height and width times scale_factor."""

    op: Literal["upsample"] = "upsample"
    scale_factor: Positive = 2
    mode: Literal["nearest", "bilinear"] = "nearest"


@dataclass(frozen=True, kw_only=True, slots=True)
class PixelShuffle(LayerFields):
    """`(N, C * r * r, H, W)` to `(N, C, H * r, W * r)`, r being upscale_factor."""

    op: Literal["pixel_shuffle"] = "pixel_shuffle"
    upscale_factor: Positive
