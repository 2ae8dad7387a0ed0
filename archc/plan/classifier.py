"""Lowering of `kind = "classifier"` and `kind = "siamese"`: body, merge, head."""

from __future__ import annotations

from archc.catalog.graph import SpecPath
from archc.plan.bodies import link
from archc.plan.builder import Builder
from archc.plan.heads import add_head
from archc.spec import layers as ops
from archc.spec.layers import Op
from archc.spec.model import Classifier, Siamese

_MERGES: dict[str, Op] = {
    "concat": ops.Concat(dim=1),
    "abs_difference": ops.AbsDifference(),
    "squared_difference": ops.SquaredDifference(),
    "product": ops.Multiply(),
}


def lower_classifier(builder: Builder, model: Classifier, image: str, classes: int) -> str:
    """The scores `(N, classes)` of a body and a head."""
    at: SpecPath = ("model",)
    features = link(builder, model.body, image, (*at, "body"))
    return add_head(builder, model.head, features.out, classes, (*at, "head"))


def lower_siamese(builder: Builder, model: Siamese, images: tuple[str, str], classes: int) -> str:
    """The scores `(N, classes)` of a head over one body applied to two images."""
    at: SpecPath = ("model",)
    first = link(builder, model.body, images[0], (*at, "body"))
    second = link(builder, model.body, images[1], (*at, "body"), again=images[1])
    merged = builder.add("merge", _MERGES[model.merge], first.out, second.out, origin=(*at, "merge"))
    return add_head(builder, model.head, merged, classes, (*at, "head"))
