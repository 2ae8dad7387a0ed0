"""Activations: the shape stays as it is, but for `glu`."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Doc, Index, NonNegativeFloat, Positive, PositiveFloat, Table
from archc.spec.frozen import named

__all__ = [
    "Celu",
    "Elu",
    "Gelu",
    "Glu",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyRelu",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "OutputRange",
    "Prelu",
    "Relu",
    "Relu6",
    "Selu",
    "Sigmoid",
    "Silu",
    "Softmax",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
]


@named
class Relu(Table):
    """max(x, 0)."""

    op: Literal["relu"] = "relu"


@named
class Relu6(Table):
    """min(max(x, 0), 6)."""

    op: Literal["relu6"] = "relu6"


@named
class LeakyRelu(Table):
    """x where positive, negative_slope * x elsewhere."""

    op: Literal["leaky_relu"] = "leaky_relu"
    negative_slope: NonNegativeFloat = 0.01


@named
class Gelu(Table):
    """Gaussian error linear unit; `approximate = "tanh"` for the tanh form."""

    op: Literal["gelu"] = "gelu"
    approximate: Literal["none", "tanh"] = "none"


@named
class Silu(Table):
    """x * sigmoid(x), also called swish."""

    op: Literal["silu"] = "silu"


@named
class Sigmoid(Table):
    """1 / (1 + exp(-x))."""

    op: Literal["sigmoid"] = "sigmoid"


@named
class Tanh(Table):
    """Hyperbolic tangent."""

    op: Literal["tanh"] = "tanh"


@named
class Hardswish(Table):
    """x * relu6(x + 3) / 6."""

    op: Literal["hardswish"] = "hardswish"


@named
class Hardsigmoid(Table):
    """relu6(x + 3) / 6."""

    op: Literal["hardsigmoid"] = "hardsigmoid"


@named
class Softmax(Table):
    """Softmax over one dimension."""

    op: Literal["softmax"] = "softmax"
    dim: Index = 1


@named
class OutputRange(Table):
    """sigmoid(x) * (high - low) + low: keeps a regression inside its range."""

    op: Literal["output_range"] = "output_range"
    low: float
    high: float


@named
class Prelu(Table):
    """x where positive, a learned slope times x elsewhere: one slope for all channels, or one for each."""

    op: Literal["prelu"] = "prelu"
    num_parameters: Annotated[Positive, Doc("1, or the number of channels.")] = 1
    init: Annotated[float, Doc("What the slopes start at.")] = 0.25


@named
class Elu(Table):
    """x where positive, alpha * (exp(x) - 1) elsewhere."""

    op: Literal["elu"] = "elu"
    alpha: PositiveFloat = 1.0


@named
class Selu(Table):
    """The exponential linear unit scaled so that mean and variance stay, as in self-normalizing networks."""

    op: Literal["selu"] = "selu"


@named
class Celu(Table):
    """x where positive, alpha * (exp(x / alpha) - 1) elsewhere."""

    op: Literal["celu"] = "celu"
    alpha: PositiveFloat = 1.0


@named
class Mish(Table):
    """x * tanh(softplus(x))."""

    op: Literal["mish"] = "mish"


@named
class Softplus(Table):
    """log(1 + exp(beta * x)) / beta."""

    op: Literal["softplus"] = "softplus"
    beta: PositiveFloat = 1.0
    threshold: Annotated[PositiveFloat, Doc("Where beta * x is above it, x itself.")] = 20.0


@named
class Softsign(Table):
    """x / (1 + |x|)."""

    op: Literal["softsign"] = "softsign"


@named
class LogSigmoid(Table):
    """log(sigmoid(x))."""

    op: Literal["log_sigmoid"] = "log_sigmoid"


@named
class Hardtanh(Table):
    """x kept between min_val and max_val."""

    op: Literal["hardtanh"] = "hardtanh"
    min_val: float = -1.0
    max_val: float = 1.0


@named
class Hardshrink(Table):
    """x where |x| is above lambd, 0 elsewhere."""

    op: Literal["hardshrink"] = "hardshrink"
    lambd: NonNegativeFloat = 0.5


@named
class Softshrink(Table):
    """x moved toward 0 by lambd; 0 where |x| is less than that."""

    op: Literal["softshrink"] = "softshrink"
    lambd: NonNegativeFloat = 0.5


@named
class Tanhshrink(Table):
    """x - tanh(x)."""

    op: Literal["tanhshrink"] = "tanhshrink"


@named
class Glu(Table):
    """The first half of a dimension times the sigmoid of the second half: the dimension is halved."""

    op: Literal["glu"] = "glu"
    dim: Index = -1


@named
class LogSoftmax(Table):
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
