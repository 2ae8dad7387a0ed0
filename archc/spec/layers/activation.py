"""Activations: the shape stays as it is, but for `glu`."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Doc, Index, NonNegativeFloat, Positive, PositiveFloat
from archc.spec.layers.layer import LayerFields, layer


@layer
class Relu(LayerFields):
    """max(x, 0)."""

    op: Literal["relu"] = "relu"


@layer
class Relu6(LayerFields):
    """min(max(x, 0), 6)."""

    op: Literal["relu6"] = "relu6"


@layer
class LeakyRelu(LayerFields):
    """x where positive, negative_slope * x elsewhere."""

    op: Literal["leaky_relu"] = "leaky_relu"
    negative_slope: NonNegativeFloat = 0.01


@layer
class Gelu(LayerFields):
    """Gaussian error linear unit; `approximate = "tanh"` for the tanh form."""

    op: Literal["gelu"] = "gelu"
    approximate: Literal["none", "tanh"] = "none"


@layer
class Silu(LayerFields):
    """x * sigmoid(x), also called swish."""

    op: Literal["silu"] = "silu"


@layer
class Sigmoid(LayerFields):
    """1 / (1 + exp(-x))."""

    op: Literal["sigmoid"] = "sigmoid"


@layer
class Tanh(LayerFields):
    """Hyperbolic tangent."""

    op: Literal["tanh"] = "tanh"


@layer
class Hardswish(LayerFields):
    """x * relu6(x + 3) / 6."""

    op: Literal["hardswish"] = "hardswish"


@layer
class Hardsigmoid(LayerFields):
    """relu6(x + 3) / 6."""

    op: Literal["hardsigmoid"] = "hardsigmoid"


@layer
class Softmax(LayerFields):
    """Softmax over one dimension."""

    op: Literal["softmax"] = "softmax"
    dim: Index = 1


@layer
class OutputRange(LayerFields):
    """sigmoid(x) * (high - low) + low: keeps a regression inside its range."""

    op: Literal["output_range"] = "output_range"
    low: float
    high: float


@layer
class Prelu(LayerFields):
    """x where positive, a learnt slope times x elsewhere: one slope for all channels, or one for each."""

    op: Literal["prelu"] = "prelu"
    num_parameters: Annotated[Positive, Doc("1, or the number of channels.")] = 1
    init: Annotated[float, Doc("What the slopes start at.")] = 0.25


@layer
class Elu(LayerFields):
    """x where positive, alpha * (exp(x) - 1) elsewhere."""

    op: Literal["elu"] = "elu"
    alpha: PositiveFloat = 1.0


@layer
class Selu(LayerFields):
    """The exponential linear unit scaled so that mean and variance stay, as in self-normalising networks."""

    op: Literal["selu"] = "selu"


@layer
class Celu(LayerFields):
    """x where positive, alpha * (exp(x / alpha) - 1) elsewhere."""

    op: Literal["celu"] = "celu"
    alpha: PositiveFloat = 1.0


@layer
class Mish(LayerFields):
    """x * tanh(softplus(x))."""

    op: Literal["mish"] = "mish"


@layer
class Softplus(LayerFields):
    """log(1 + exp(beta * x)) / beta."""

    op: Literal["softplus"] = "softplus"
    beta: PositiveFloat = 1.0
    threshold: Annotated[PositiveFloat, Doc("Where beta * x is above it, x itself.")] = 20.0


@layer
class Softsign(LayerFields):
    """x / (1 + |x|)."""

    op: Literal["softsign"] = "softsign"


@layer
class LogSigmoid(LayerFields):
    """log(sigmoid(x))."""

    op: Literal["log_sigmoid"] = "log_sigmoid"


@layer
class Hardtanh(LayerFields):
    """x kept between min_val and max_val."""

    op: Literal["hardtanh"] = "hardtanh"
    min_val: float = -1.0
    max_val: float = 1.0


@layer
class Hardshrink(LayerFields):
    """x where |x| is above lambd, 0 elsewhere."""

    op: Literal["hardshrink"] = "hardshrink"
    lambd: NonNegativeFloat = 0.5


@layer
class Softshrink(LayerFields):
    """x moved towards 0 by lambd; 0 where |x| is less than that."""

    op: Literal["softshrink"] = "softshrink"
    lambd: NonNegativeFloat = 0.5


@layer
class Tanhshrink(LayerFields):
    """x - tanh(x)."""

    op: Literal["tanhshrink"] = "tanhshrink"


@layer
class Glu(LayerFields):
    """The first half of a dimension times the sigmoid of the second half: the dimension is halved."""

    op: Literal["glu"] = "glu"
    dim: Index = -1


@layer
class LogSoftmax(LayerFields):
    """The logarithm of softmax over one dimension."""

    op: Literal["log_softmax"] = "log_softmax"
    dim: Index = 1


Activation = (
    Celu
    | Elu
    | Gelu
    | Glu
    | Hardshrink
    | Hardsigmoid
    | Hardswish
    | Hardtanh
    | LeakyRelu
    | LogSigmoid
    | LogSoftmax
    | Mish
    | OutputRange
    | Prelu
    | Relu
    | Relu6
    | Selu
    | Sigmoid
    | Silu
    | Softmax
    | Softplus
    | Softshrink
    | Softsign
    | Tanh
    | Tanhshrink
)
