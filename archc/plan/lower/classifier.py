"""Lowering of `kind = "classifier"`: body and head."""

from __future__ import annotations

from archc.ops.node import SpecPath
from archc.plan.lower.body import link
from archc.plan.lower.builder import Builder
from archc.plan.lower.heads import add_head
from archc.spec.model import Classifier


def lower_classifier(builder: Builder, model: Classifier, image: str, classes: int) -> str:
    """Return the scores `(N, classes)` of a body and a head."""
    at: SpecPath = ("model",)
    features = link(builder, model.body, image, (*at, "body"))
    return add_head(builder, model.head, features.out, classes, (*at, "head"))
