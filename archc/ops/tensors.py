"""What flows along an edge: a shape and a dtype."""

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
