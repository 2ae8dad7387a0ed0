"""The decoder's building blocks: a convolution with its activation, an upsampling, a residual block."""

from __future__ import annotations

from archc.ops.initializers import ZEROS, Init, Inits
from archc.ops.node import SpecPath
from archc.plan.lower.builder import Builder
from archc.spec import layers as ops
from archc.spec.model import Decoder

RELU, NORM, ADD, CONCAT, RESIZE = ops.Relu(), ops.BatchNorm2d(), ops.Add(), ops.Concat(), ops.ResizeLike()
_KAIMING: Inits = (("weight", Init(kind="kaiming_normal")), ("bias", ZEROS))


def conv(
    builder: Builder,
    path: str,
    value: str,
    channels: int,
    decoder: Decoder,
    origin: SpecPath,
    *,
    kernel: int = 3,
    activation: bool = True,
    init: Inits = _KAIMING,
) -> str:
    """Add convolution, norm where the decoder has norms, and relu: `path.conv`, `path.norm`, `path.relu`."""
    normed = decoder.norm == "batch"
    layer = ops.Conv2d(out_channels=channels, kernel_size=kernel, bias=not normed)
    value = builder.add(f"{path}.conv", layer, value, init=init[:1] if normed else init, origin=origin)
    if normed:
        value = builder.add(f"{path}.norm", NORM, value, origin=origin)
    return builder.add(f"{path}.relu", RELU, value, origin=origin) if activation else value


def enlarge(
    builder: Builder,
    path: str,
    value: str,
    channels: int,
    decoder: Decoder,
    origin: SpecPath,
    *,
    scale: int = 2,
    blur: bool = False,
) -> str:
    """Return the map `scale` times as large, with `channels` channels, in the decoder's way of upsampling."""
    if decoder.upsample == "pixel_shuffle":
        start = (("weight", Init(kind="icnr", scale=scale)), ("bias", ZEROS))
        wide = channels * scale * scale
        value = conv(builder, path, value, wide, decoder, origin, kernel=1, init=start)
        value = builder.add(f"{path}.shuffle", ops.PixelShuffle(upscale_factor=scale), value, origin=origin)
    elif decoder.upsample == "transposed":
        layer = ops.ConvTranspose2d(out_channels=channels, kernel_size=scale, stride=scale)
        value = builder.add(f"{path}.conv", layer, value, init=_KAIMING, origin=origin)
        value = builder.add(f"{path}.relu", RELU, value, origin=origin)
    else:
        layer_up = ops.Upsample(scale_factor=scale, mode=decoder.upsample)
        value = builder.add(f"{path}.upsample", layer_up, value, origin=origin)
        value = conv(builder, path, value, channels, decoder, origin)
    if blur:
        value = builder.add(f"{path}.blur", ops.BlurPool2d(), value, origin=(*origin, "blur"))
    return value


def residual(builder: Builder, path: str, value: str, decoder: Decoder, origin: SpecPath) -> str:
    """Return relu(x + two convolutions of x); with `bottleneck` half as wide between the two."""
    width = builder.channels(value)
    inner = width // 2 if decoder.bottleneck else width
    out = conv(builder, f"{path}.0", value, inner, decoder, origin)
    out = conv(builder, f"{path}.1", out, width, decoder, origin, activation=False)
    out = builder.add(f"{path}.add", ADD, value, out, origin=origin)
    return builder.add(f"{path}.relu", RELU, out, origin=origin)
