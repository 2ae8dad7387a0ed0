"""Lowering of `kind = "siamese"`: one body over several inputs, then a merge and an answer, or embeddings."""

from __future__ import annotations

from archc.ops.node import SpecPath
from archc.plan.lower.body import Linked, link
from archc.plan.lower.builder import Builder
from archc.plan.lower.decoder import Place, add_decoder
from archc.plan.lower.fault import fault
from archc.plan.lower.heads import add_head
from archc.plan.lower.twins import MERGES, Twins
from archc.plan.lower.unet import check_encoder
from archc.plan.plan import EMBEDDING, SCORES, Ends
from archc.spec.model import Head, Siamese

_AT: SpecPath = ("model",)
_PRESET = Head(preset="concat_pool_mlp")


def lower_siamese(builder: Builder, model: Siamese, images: tuple[str, ...], classes: int) -> Ends:
    """Return the outputs with their values: `scores`, or `embedding_NAME` for each input."""
    _check_one_answer(model)
    at = (*_AT, "body")
    first, *others = images
    branches = (
        link(builder, model.body, first, at),
        *(link(builder, model.body, image, at, again=image) for image in others),
    )
    if model.embedding is not None:
        return _embeddings(builder, model, images, branches, model.embedding)
    if model.decoder is not None:
        check_encoder(builder, branches[0], model.body, at)
        twins = Twins(builder, branches[0], branches[1], model.merge, "merge", (*_AT, "merge"))
        return ((SCORES, add_decoder(builder, model.decoder, twins, images, classes, Place())),)
    ends = (branches[0].out, branches[1].out)
    merged = builder.add("merge", MERGES[model.merge], *ends, origin=(*_AT, "merge"))
    return ((SCORES, add_head(builder, model.head or _PRESET, merged, classes, (*_AT, "head"))),)


def _embeddings(
    builder: Builder, model: Siamese, images: tuple[str, ...], branches: tuple[Linked, ...], width: int
) -> Ends:
    """Return one head, once in the file, over each branch."""
    found: list[tuple[str, str]] = []
    for image, branch in zip(images, branches, strict=True):
        again = image if found else ""
        head, at = model.head or _PRESET, (*_AT, "head")
        value = add_head(builder, head, branch.out, width, at, again=again)
        found.append((f"{EMBEDDING}{image}", value))
    return tuple(found)


def _check_one_answer(model: Siamese) -> None:
    """Check that no decoder stands beside a head or embedding, and no embedding beside classes."""
    for one, other in (("decoder", "head"), ("decoder", "embedding"), ("embedding", "classes")):
        if getattr(model, one) is not None and getattr(model, other) is not None:
            raise fault(
                "ARC220",
                f"a siamese model has either `{one}` or `{other}`",
                (*_AT, other),
                aim="key",
                help="keep one of them",
            )
