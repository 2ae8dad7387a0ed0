"""How a parameter starts: written in a spec, recorded from a library, or chosen by a lowering."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Doc, Positive, PositiveFloat, Table
from archc.spec.frozen import named


@named
class Init(Table):
    """One initializer of `torch.nn.init` with its arguments; those a kind does not take are left alone.

    `icnr` is kaiming_normal repeated over the sub-pixels of a pixel shuffle by `scale`;
    `torch_default` leaves the parameter as torch's own layer would start it.
    """

    kind: Literal[
        "constant",
        "normal",
        "trunc_normal",
        "uniform",
        "kaiming_normal",
        "kaiming_uniform",
        "xavier_normal",
        "xavier_uniform",
        "icnr",
        "torch_default",
    ]
    value: float = 0.0
    mean: float = 0.0
    std: PositiveFloat = 1.0
    low: float = 0.0
    high: float = 0.0
    a: float = 0.0
    mode: Literal["fan_in", "fan_out"] = "fan_in"
    nonlinearity: Literal["leaky_relu", "relu", "linear", "tanh", "sigmoid", "selu"] = "leaky_relu"
    gain: PositiveFloat = 1.0
    scale: Annotated[Positive, Doc("With icnr: the pixel shuffle's upscale_factor.")] = 1
