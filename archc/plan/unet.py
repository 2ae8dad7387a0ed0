"""Lowering of `kind = "unet"`: fastai's dynamic U-Net, and decoders written stage by stage.

Source of the automatic decoder's layers, widths and initialisation: fastai's DynamicUnet. What differs on
purpose: skips are edges rather than hooks, a block always resizes to its skip, and any body has skips.
"""

from __future__ import annotations

from dataclasses import dataclass

from archc.catalog.graph import SpecPath
from archc.catalog.initialisers import Init
from archc.plan.blocks import conv, enlarge, residual
from archc.plan.bodies import Linked, link, pooled
from archc.plan.builder import Builder, Inits
from archc.plan.fault import fault
from archc.plan.heads import NORM_INIT
from archc.plan.skips import Skip, chosen_skips
from archc.plan.stages import add_stages
from archc.spec import layers as ops
from archc.spec.model import Decoder, Unet

_AT: SpecPath = ("model", "decoder")
_ATTENTION_INIT: Inits = tuple(
    (f"{name}.weight_orig", Init(kind="kaiming_normal")) for name in ("query", "key", "value")
)


@dataclass(frozen=True, slots=True)
class _Block:
    """What one block of the decoder is to be."""

    skip: Skip
    scale: int
    last: bool
    blur: bool
    attention: bool


def lower_unet(builder: Builder, model: Unet, image: str, classes: int) -> str:
    """The scores `(N, classes, H, W)` for every pixel of the image."""
    encoder = link(builder, model.body, image, ("model", "body"))
    _check_map(builder, encoder, model)
    decoder = model.decoder
    if decoder.stages is not None:
        value = add_stages(builder, decoder, encoder)
        cross = bool(decoder.last_cross)
    else:
        value = _automatic(builder, decoder, encoder)
        cross = decoder.last_cross is not False
    value = builder.add("decoder.resize", ops.ResizeLike(), value, image, origin=_AT)
    if cross:
        value = _join_image(builder, decoder, value, image)
    return _answer(builder, decoder, value, classes)


def _automatic(builder: Builder, decoder: Decoder, encoder: Linked) -> str:
    """The map after the blocks, at the first convolution's resolution times what is left of its stride."""
    skips, step = chosen_skips(encoder, decoder)
    value = builder.add("decoder.norm", ops.BatchNorm2d(), encoder.out, init=NORM_INIT, origin=_AT)
    value = builder.add("decoder.relu", ops.Relu(), value, origin=_AT)
    width = builder.channels(value)
    value = conv(builder, "decoder.middle.0", value, 2 * width, decoder, _AT)
    value = conv(builder, "decoder.middle.1", value, width, decoder, _AT)
    for index, skip in enumerate(skips):
        last = index == len(skips) - 1
        block = _Block(
            skip,
            scale=step // skip.reduction,
            last=last,
            blur=decoder.blur and (decoder.blur_final or not last),
            attention=decoder.self_attention and index == len(skips) - 3,
        )
        value = _block(builder, f"decoder.blocks.{index}", block, decoder, encoder, value)
        step = skip.reduction
    final = 0
    while step > 1:
        channels = builder.channels(value)
        value = enlarge(builder, f"decoder.final.{final}", value, channels, decoder, _AT)
        step, final = step // 2, final + 1
    return value


def _block(builder: Builder, path: str, block: _Block, decoder: Decoder, encoder: Linked, value: str) -> str:
    """One step up: enlarge, resize to the skip, join, two convolutions."""
    half = builder.channels(value) // 2
    skip = encoder.value(block.skip.index)
    up = enlarge(builder, f"{path}.up", value, half, decoder, _AT, scale=block.scale, blur=block.blur)
    up = builder.add(f"{path}.resize", ops.ResizeLike(), up, skip, origin=_AT)
    side = builder.add(f"{path}.skip_norm", ops.BatchNorm2d(), skip, init=NORM_INIT, origin=block.skip.origin)
    joined = builder.add(f"{path}.concat", ops.Concat(), up, side, origin=block.skip.origin)
    joined = builder.add(f"{path}.relu", ops.Relu(), joined, origin=_AT)
    width = builder.channels(joined)
    width = width // 2 if block.last else width
    out = conv(builder, f"{path}.conv1", joined, width, decoder, _AT)
    out = conv(builder, f"{path}.conv2", out, width, decoder, _AT)
    if block.attention:
        at = (*_AT, "self_attention")
        out = builder.add(f"{path}.attention", ops.SelfAttention2d(), out, init=_ATTENTION_INIT, origin=at)
    return out


def _join_image(builder: Builder, decoder: Decoder, value: str, image: str) -> str:
    """The image beside the map, through a residual block (fastai's last_cross)."""
    joined = builder.add("decoder.cross.concat", ops.Concat(), value, image, origin=(*_AT, "last_cross"))
    return residual(builder, "decoder.cross", joined, decoder, _AT)


def _answer(builder: Builder, decoder: Decoder, value: str, classes: int) -> str:
    layer = ops.Conv2d(out_channels=classes, kernel_size=1)
    init = (("bias", Init(kind="normal", std=0.01)),)
    value = builder.add("decoder.output", layer, value, init=init, origin=("model", "classes"))
    if decoder.output_range is None:
        return value
    low, high = decoder.output_range
    return builder.add(
        "decoder.range", ops.OutputRange(low=low, high=high), value, origin=(*_AT, "output_range")
    )


def _check_map(builder: Builder, encoder: Linked, model: Unet) -> None:
    if encoder.record.opaque:
        raise fault(
            "ARC309",
            f"`{model.body.ref}` is opaque: archc cannot draw skips from inside it",
            ("model", "body", "ref"),
            help="`archc bodies` marks opaque bodies; ConvNeXt and EfficientNet are not",
        )
    given = builder.types[encoder.out]
    if len(given.shape) == 4 and not pooled(encoder.record, encoder.cut):
        return
    stages = encoder.record.stages
    raise fault(
        "ARC306",
        f"a U-Net needs a feature map, but `{model.body.ref}` cut after `{encoder.cut_name}` gives {given}",
        ("model", "body", "cut" if model.body.cut is not None else "ref"),
        help=f"cut earlier: the last map is `{stages[-1].name}`"
        if len(stages) > 1
        else "choose a convolutional body",
    )
