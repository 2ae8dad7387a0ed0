"""Tensors of an op by the names that torch gives them."""

from __future__ import annotations

Named = tuple[tuple[str, tuple[int, ...]], ...]
"""Names under the op's module path, with shapes."""


def known(size: int | None) -> int:
    """Return a size that shape inference has filled in. `TypeError` where it has not."""
    if size is None:
        raise TypeError("the op is not resolved: call infer first")
    return size


def weight_and_bias(shape: tuple[int, ...], out: int, bias: bool) -> Named:
    """Return a weight of `shape` and, where there is one, a bias of `out` values."""
    return (("weight", shape), ("bias", (out,))) if bias else (("weight", shape),)
