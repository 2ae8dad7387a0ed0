"""A decoder written by hand, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence

from archc.ops.node import SpecPath
from archc.plan.lower.blocks import enlarge
from archc.plan.lower.builder import Builder
from archc.plan.lower.fault import fault
from archc.plan.lower.skips import Encoder, named_skip
from archc.spec import layers as ops
from archc.spec.layers import Layer
from archc.spec.model import Decoder, DecoderStage


def add_stages(builder: Builder, decoder: Decoder, encoder: Encoder, prefix: str, origin: SpecPath) -> str:
    """Add stages `decoder.stages.0`, `decoder.stages.1`, ... under `prefix`; return the last one's map."""
    if decoder.skips != "auto":
        raise fault(
            "ARC207",
            "the decoder has both skips and stages",
            (*origin, "skips"),
            help="write each skip in its stage",
        )
    value = encoder.out
    for index, stage in enumerate(decoder.stages or ()):
        path, at = f"{prefix}.stages.{index}", (*origin, "stages", index)
        value = _stage(builder, path, stage, decoder, encoder, value, at)
    return value


def _stage(
    builder: Builder,
    path: str,
    stage: DecoderStage,
    decoder: Decoder,
    encoder: Encoder,
    value: str,
    origin: SpecPath,
) -> str:
    if stage.upsample is None:
        learned = decoder.upsample in ("pixel_shuffle", "transposed")
        width = builder.channels(value)
        if learned:
            value = enlarge(
                builder, f"{path}.up", value, max(width // 2, 1), decoder, origin, blur=decoder.blur
            )
        else:
            layer = ops.Upsample(mode="nearest" if decoder.upsample == "nearest" else "bilinear")
            value = builder.add(f"{path}.up", layer, value, origin=origin)
    else:
        value = _mapped(builder, f"{path}.up", stage.upsample, value, (*origin, "upsample"))
    if stage.skip is not None:
        value = _joined(builder, path, stage.skip, encoder, value, (*origin, "skip"))
    return _mapped(builder, f"{path}.layers", stage.layers, value, (*origin, "layers"))


def _mapped(builder: Builder, path: str, layers: Sequence[Layer], value: str, origin: SpecPath) -> str:
    """Return the map after the layers; the first one that makes something else of it is at fault (ARC306)."""
    for index, layer in enumerate(layers):
        value = builder.layer(f"{path}.{index}", layer, value, origin=(*origin, index))
        made = builder.types[value]
        if len(made.shape) != 4:
            raise fault(
                "ARC306",
                f"a decoder works on maps (N, C, H, W), but `{layer.op}` makes {made}",
                (*origin, index),
                help="leave it out: every stage ends with a map",
            )
    return value


def _joined(builder: Builder, path: str, name: str, encoder: Encoder, value: str, origin: SpecPath) -> str:
    skip = encoder.value(named_skip(encoder, name, origin).index)
    _check_resolution(builder, name, skip, value, encoder, origin)
    value = builder.add(f"{path}.resize", ops.ResizeLike(), value, skip, origin=origin)
    return builder.add(f"{path}.concat", ops.Concat(), value, skip, origin=origin)


def _check_resolution(
    builder: Builder, name: str, skip: str, value: str, encoder: Encoder, origin: SpecPath
) -> None:
    """Check that a map and its skip differ by no more than the pixel that an odd size leaves over."""
    here, there = builder.size(value), builder.size(skip)
    if all(abs(a - b) <= 1 for a, b in zip(here, there, strict=True)):
        return
    stage = origin[-2]
    kept = encoder.record.within(encoder.cut)
    fitting = [
        s
        for s in encoder.record.stages
        if s.node in kept
        and all(abs(a - b) <= 1 for a, b in zip(here, builder.size(encoder.value(s.node)), strict=True))
    ]
    help = "add or remove an upsampling layer before the join"
    if fitting:
        h, w = builder.size(encoder.value(fitting[-1].node))
        help = f"`{fitting[-1].name}` is {fitting[-1].channels} channels at {h}x{w}"
    assert isinstance(stage, int)
    raise fault(
        "ARC301",
        f"skip `{name}` is {there[0]}x{there[1]} but decoder stage {stage + 1} joins at {here[0]}x{here[1]}",
        origin,
        label=f"{builder.channels(skip)} channels at {there[0]}x{there[1]}",
        help=help,
    )
