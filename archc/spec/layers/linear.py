"""Fully connected layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from archc.spec.fields import Doc, Positive
from archc.spec.layers.layer import LayerFields


@dataclass(frozen=True, kw_only=True, slots=True)
class Linear(LayerFields):
    """A fully connected layer over the last dimension: `(..., in_features)` to `(..., out_features)`."""

    op: Literal["linear"] = "linear"
    out_features: Positive
    bias: bool = True
    in_features: Annotated[Positive | None, Doc("Inferred; checked where written.")] = None
