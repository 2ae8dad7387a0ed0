"""Lowering of `kind = "unet"`: a body as encoder, and the decoder over its maps."""

from __future__ import annotations

from archc.ops.node import SpecPath
from archc.plan.lower.body import Linked, link, pooled
from archc.plan.lower.builder import Builder
from archc.plan.lower.decoder import Place, add_decoder
from archc.plan.lower.fault import PlanFault, fault
from archc.plan.lower.reduction import reduction
from archc.spec.model import Body, Unet


def lower_unet(builder: Builder, model: Unet, image: str, classes: int) -> str:
    """Return the scores `(N, classes, H, W)` for every pixel of the image."""
    encoder = link(builder, model.body, image, ("model", "body"))
    check_encoder(builder, encoder, model.body, ("model", "body"))
    return add_decoder(builder, model.decoder, encoder, (image,), classes, Place())


def check_encoder(builder: Builder, encoder: Linked, body: Body, origin: SpecPath) -> None:
    """Check that a decoder can stand on the body's maps.

    Raises:
        PlanFault: the body is one piece (ARC309), or its end is no map (ARC306).
    """
    if encoder.record.in_one_piece:
        raise fault(
            "ARC309",
            f"`{body.ref}` is built by its library as one piece: there are no skips to draw from inside it",
            (*origin, "ref"),
            help="choose a body of which `archc bodies` shows cuts, such as a ConvNeXt or a Swin",
        )
    given = builder.types[encoder.out]
    if len(given.shape) == 4 and not pooled(encoder.record, encoder.cut):
        if reduction(encoder.record, encoder.cut) is None:
            raise _one_size(builder, encoder, body, origin)
        return
    stages = encoder.record.stages
    raise fault(
        "ARC306",
        f"a U-Net needs a feature map, but `{encoder.record.ref}` cut after `{encoder.cut_name}`"
        f" gives {given}",
        (*origin, "cut" if body.cut is not None else "ref"),
        help=f"cut earlier: the last map is `{stages[-1].name}`"
        if len(stages) > 1
        else "choose a convolutional body",
    )


def _one_size(builder: Builder, encoder: Linked, body: Body, origin: SpecPath) -> PlanFault:
    height, width = builder.size(encoder.out)
    return fault(
        "ARC306",
        "a decoder needs a body whose maps grow and shrink with the image, and this one's do not",
        (*origin, "stages" if body.stages is not None else "ref"),
        label=f"ends with {height}x{width} at this image size alone",
        help="leave out layers that count the places of a map, such as a `linear` or `rms_norm` over its"
        " width",
    )
