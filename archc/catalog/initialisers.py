"""How a parameter starts, as data: recorded from libraries, or chosen by a lowering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Init:
    """One initialiser of `torch.nn.init` with its arguments; those a kind does not take are left alone.

    `icnr` is kaiming_normal repeated over the sub-pixels of a pixel shuffle by `scale`;
    `torch_default` leaves the parameter as torch's own layer would start it.
    """

    kind: Kind
    value: float = 0.0
    mean: float = 0.0
    std: float = 1.0
    low: float = 0.0
    high: float = 0.0
    a: float = 0.0
    mode: Literal["fan_in", "fan_out"] = "fan_in"
    nonlinearity: str = "leaky_relu"
    gain: float = 1.0
    scale: int = 1


ZEROS = Init(kind="constant", value=0.0)
ONES = Init(kind="constant", value=1.0)
TORCH_DEFAULT = Init(kind="torch_default")
