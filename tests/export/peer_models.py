"""Segmentation models as papers draw them, written as specs over a small body."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent / "peers"


def text_of(name: str) -> str:
    """The text of the spec `name`."""
    return (HERE / f"{name}.toml").read_text()


def unet(upsample: str, more: str = "") -> str:
    """The text of a U-Net's spec that enlarges by `upsample`."""
    return text_of("unet").replace("nearest", upsample) + more


SPECS = {
    **{f"unet {way}": unet(way) for way in ("nearest", "bilinear", "pixel_shuffle", "transposed")},
    "unet without the image": unet("nearest", "last_cross = false"),
    "unet, opset 18": unet("bilinear", "[export]\nopset = 18\n"),
    "pyramid": text_of("pyramid"),
    "pyramid bilinear": text_of("pyramid").replace('"resize_like" }', '"resize_like", mode = "bilinear" }'),
    "atrous": text_of("atrous"),
    "pooled": text_of("pooled"),
}
