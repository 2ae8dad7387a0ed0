"""The closed set of ops, by who may write them."""

from __future__ import annotations

from typing import Annotated, get_args

from archc.spec.fields import Tagged, tag_of
from archc.spec.layers.activation import Activation
from archc.spec.layers.attention import Attention
from archc.spec.layers.composite import Composite
from archc.spec.layers.convolution import Convolution
from archc.spec.layers.dropping import Dropping
from archc.spec.layers.extension import Extension
from archc.spec.layers.internal import Internal
from archc.spec.layers.joining import Joining
from archc.spec.layers.linear import FullyConnected
from archc.spec.layers.normalization import Normalization
from archc.spec.layers.pooling import Pooling
from archc.spec.layers.shape import Moving
from archc.spec.layers.upsampling import Upsampling

Chained = (
    Activation
    | Attention
    | Convolution
    | Dropping
    | FullyConnected
    | Normalization
    | Pooling
    | Moving
    | Upsampling
    | Extension
)
"""One value in, one value out: what a plan holds and a spec may write."""
Op = Chained | Joining | Internal
"""The ops that a plan may hold."""

NodeOp = Annotated[Chained | Joining, Tagged("op")]
"""The ops of a node of a written graph: a layer, or what joins several values."""

OPS: dict[str, type[Op]] = {tag_of(cls, "op"): cls for cls in get_args(Op)}
"""Every op by its name."""

__all__ = ["OPS", "Chained", "Composite", "Internal", "Joining", "NodeOp", "Op"]
