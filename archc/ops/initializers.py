"""The starts that many layers have."""

from __future__ import annotations

from math import sqrt

from archc.spec.initializers import Init

__all__ = ["ONES", "TORCH_DEFAULT", "ZEROS", "Init", "Inits"]

Inits = tuple[tuple[str, Init], ...]
"""How each parameter of a layer starts, by its name."""

ZEROS = Init(kind="constant", value=0.0)
ONES = Init(kind="constant", value=1.0)
TORCH_DEFAULT = Init(kind="torch_default")


def weight_or_bias(name: str, fan_in: int) -> Init:
    """Return how torch starts the weight and the bias of a convolution or a linear layer.

    `fan_in` is the number of inputs that a value of the output sums over.
    """
    if name == "weight":
        return Init(kind="kaiming_uniform", a=sqrt(5))
    bound = 1 / sqrt(fan_in)
    return Init(kind="uniform", low=-bound, high=bound)


def ones_or_zeros(name: str) -> Init:
    """Return how torch starts a norm: weights at 1, biases at 0."""
    return ONES if name == "weight" else ZEROS
