"""Decoders: fastai's dynamic U-Net, and those written stage by stage.

Source of the automatic decoder's layers, widths and initialization: fastai's DynamicUnet. What differs on
purpose: skips are edges rather than hooks, a block always resizes to its skip, and any body has skips.
"""

from __future__ import annotations

from archc.ops.initializers import Init, Inits
from archc.ops.node import SpecPath
from archc.plan.lower.blocks import CONCAT, NORM, RELU, RESIZE, conv, enlarge, residual
from archc.plan.lower.builder import Builder
from archc.plan.lower.heads import NORM_INIT
from archc.plan.lower.skips import Encoder, Skip, chosen_skips
from archc.plan.lower.stages import add_stages
from archc.plan.lower.twins import Twins
from archc.spec import layers as ops
from archc.spec.frozen import Frozen, frozen
from archc.spec.model import Decoder

_ATTENTION_INIT: Inits = tuple(
    (f"{name}.weight_orig", Init(kind="kaiming_normal")) for name in ("query", "key", "value")
)


@frozen
class _Block(Frozen):
    """The settings of one block of the decoder."""

    skip: Skip
    scale: int
    last: bool
    blur: bool
    attention: bool


@frozen
class Place(Frozen):
    """Where a decoder stands: the path of its modules, and what the spec says of it and of its classes."""

    prefix: str = "decoder"
    origin: SpecPath = ("model", "decoder")
    classes_at: SpecPath = ("model", "classes")


def add_decoder(
    builder: Builder,
    decoder: Decoder,
    encoder: Encoder,
    images: tuple[str, ...],
    classes: int,
    place: Place,
) -> str:
    """Return the scores `(N, classes, H, W)` over the maps of an encoder that has read `images`."""
    if decoder.stages is not None:
        value = add_stages(builder, decoder, encoder, place.prefix, place.origin)
        cross = bool(decoder.last_cross)
    else:
        value = _automatic(builder, decoder, encoder, place)
        cross = decoder.last_cross is not False
    at, prefix = place.origin, place.prefix
    value = builder.add(f"{prefix}.resize", RESIZE, value, images[0], origin=at)
    if cross:
        image = encoder.merged("image", *images) if isinstance(encoder, Twins) else images[0]
        value = _join_image(builder, decoder, value, image, place)
    return _answer(builder, decoder, value, classes, place)


def _automatic(builder: Builder, decoder: Decoder, encoder: Encoder, place: Place) -> str:
    """Return the map behind the blocks, at the image's size over what is left of the stride."""
    at, prefix = place.origin, place.prefix
    skips, step = chosen_skips(encoder, decoder, at)
    value = builder.add(f"{prefix}.norm", NORM, encoder.out, init=NORM_INIT, origin=at)
    value = builder.add(f"{prefix}.relu", RELU, value, origin=at)
    width = builder.channels(value)
    value = conv(builder, f"{prefix}.middle.0", value, 2 * width, decoder, at)
    value = conv(builder, f"{prefix}.middle.1", value, width, decoder, at)
    for index, skip in enumerate(skips):
        last = index == len(skips) - 1
        block = _Block(
            skip,
            scale=step // skip.reduction,
            last=last,
            blur=decoder.blur and (decoder.blur_final or not last),
            attention=decoder.self_attention and index == len(skips) - 3,
        )
        value = _block(builder, f"{prefix}.blocks.{index}", block, decoder, encoder, value, at)
        step = skip.reduction
    final = 0
    while step > 1:
        channels = builder.channels(value)
        value = enlarge(builder, f"{prefix}.final.{final}", value, channels, decoder, at)
        step, final = step // 2, final + 1
    return value


def _block(
    builder: Builder,
    path: str,
    block: _Block,
    decoder: Decoder,
    encoder: Encoder,
    value: str,
    at: SpecPath,
) -> str:
    """Return one step up: enlarge, resize to the skip, join, two convolutions."""
    half = max(builder.channels(value) // 2, 1)
    skip = encoder.value(block.skip.index)
    up = enlarge(builder, f"{path}.up", value, half, decoder, at, scale=block.scale, blur=block.blur)
    up = builder.add(f"{path}.resize", RESIZE, up, skip, origin=at)
    side = builder.add(f"{path}.skip_norm", NORM, skip, init=NORM_INIT, origin=block.skip.origin)
    joined = builder.add(f"{path}.concat", CONCAT, up, side, origin=block.skip.origin)
    joined = builder.add(f"{path}.relu", RELU, joined, origin=at)
    width = builder.channels(joined)
    width = max(width // 2, 1) if block.last else width
    out = conv(builder, f"{path}.conv1", joined, width, decoder, at)
    out = conv(builder, f"{path}.conv2", out, width, decoder, at)
    if block.attention:
        layer, here = ops.SelfAttention2d(), (*at, "self_attention")
        out = builder.add(f"{path}.attention", layer, out, init=_ATTENTION_INIT, origin=here)
    return out


def _join_image(builder: Builder, decoder: Decoder, value: str, image: str, place: Place) -> str:
    """Return the image beside the map, through a residual block (fastai's last_cross)."""
    at, path = place.origin, f"{place.prefix}.cross"
    joined = builder.add(f"{path}.concat", CONCAT, value, image, origin=(*at, "last_cross"))
    return residual(builder, path, joined, decoder, at)


def _answer(builder: Builder, decoder: Decoder, value: str, classes: int, place: Place) -> str:
    layer = ops.Conv2d(out_channels=classes, kernel_size=1)
    init = (("bias", Init(kind="normal", std=0.01)),)
    value = builder.add(f"{place.prefix}.output", layer, value, init=init, origin=place.classes_at)
    if decoder.output_range is None:
        return value
    low, high = decoder.output_range
    return builder.add(
        f"{place.prefix}.range",
        ops.OutputRange(low=low, high=high),
        value,
        origin=(*place.origin, "output_range"),
    )
