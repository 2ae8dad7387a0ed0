"""Lowering of `kind = "classifier"`: body and head."""

from __future__ import annotations

from archc.catalog.graph import SpecPath
from archc.plan.bodies import link
from archc.plan.builder import Builder
from archc.plan.heads import add_head
from archc.spec.model import Classifier


def lower_classifier(builder: Builder, model: Classifier, image: str, classes: int) -> str:
    """The scores `(N, classes)` of a body and a head."""
    at: SpecPath = ("model",)
    features = link(builder, model.body, image, (*at, "body"))
    return add_head(builder, model.head, features.out, classes, (*at, "head"))
