"""Activations: the shape stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archc.spec.fields import Index, NonNegativeFloat
from archc.spec.layers.layer import LayerFields


@dataclass(frozen=True, kw_only=True, slots=True)
class Relu(LayerFields):
    """max(x, 0)."""

    op: Literal["relu"] = "relu"


@dataclass(frozen=True, kw_only=True, slots=True)
class Relu6(LayerFields):
    """min(max(x, 0), 6)."""

    op: Literal["relu6"] = "relu6"


@dataclass(frozen=True, kw_only=True, slots=True)
class LeakyRelu(LayerFields):
    """x where positive, negative_slope * x elsewhere."""

    op: Literal["leaky_relu"] = "leaky_relu"
    negative_slope: NonNegativeFloat = 0.01


@dataclass(frozen=True, kw_only=True, slots=True)
class Gelu(LayerFields):
    """Gaussian error linear unit; `approximate = "tanh"` for the tanh form."""

    op: Literal["gelu"] = "gelu"
    approximate: Literal["none", "tanh"] = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Silu(LayerFields):
    """x * sigmoid(x), also called swish."""

    op: Literal["silu"] = "silu"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sigmoid(LayerFields):
    """1 / (1 + exp(-x))."""

    op: Literal["sigmoid"] = "sigmoid"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tanh(LayerFields):
    """Hyperbolic tangent."""

    op: Literal["tanh"] = "tanh"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hardswish(LayerFields):
    """x * relu6(x + 3) / 6."""

    op: Literal["hardswish"] = "hardswish"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hardsigmoid(LayerFields):
    """relu6(x + 3) / 6."""

    op: Literal["hardsigmoid"] = "hardsigmoid"


@dataclass(frozen=True, kw_only=True, slots=True)
class Softmax(LayerFields):
    """Softmax over one dimension."""

    op: Literal["softmax"] = "softmax"
    dim: Index = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputRange(LayerFields):
    """sigmoid(x) * (high - low) + low: keeps a regression inside its range."""

    op: Literal["output_range"] = "output_range"
    low: float
    high: float
