"""The types of values that flow along edges, and the tensors that an op holds."""

from __future__ import annotations

from typing import Literal, NamedTuple

from archc.ops.dims import Dim

Dtype = Literal["float32", "int64", "uint8", "uint16", "int16"]
Shape = tuple[Dim, ...]


class TensorType(NamedTuple):
    """The type of a value: its shape, batch first, and its dtype."""

    shape: Shape
    dtype: Dtype = "float32"

    def __str__(self) -> str:
        return "x".join(str(d) for d in self.shape)


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
