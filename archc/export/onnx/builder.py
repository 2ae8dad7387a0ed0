"""The ONNX graph while it grows: nodes in order, and every constant once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt
from onnx import AttributeProto, GraphProto, helper

from archc.ops.dims import Dim
from archc.ops.tensors import TensorType
from archc.runtime.operators import WRITTEN

Array = npt.NDArray[Any]
Attribute = int | float | str | Sequence[int]


@dataclass(frozen=True, slots=True)
class Place:
    """A dimension: how large it is as far as the plan knows, and where it can be read at run time."""

    dim: Dim
    value: str
    axis: int


@dataclass(slots=True)
class Builder:
    """Collects a graph.

    Attributes:
        weights: what the plan's modules hold, by state-dict key.
        opset: the operator set that nodes are written in.
        types: the type of each of the plan's values.
        values: the ONNX name of each of the plan's values written so far.
        scope: the plan node being written; it prefixes the names of what is made for it.
        graph: what grows. Weights go straight into it: protobuf copies whatever it is handed later.
        given: open sizes of the model's inputs, and the input and axis where each is read.
        unscaled: images that stay as they are, because the norm behind them scales them as well: the
            values that become 0 and 1.
    """

    weights: Mapping[str, Array]
    opset: int
    types: Mapping[str, TensorType]
    values: dict[str, str]
    graph: GraphProto
    unscaled: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    given: Mapping[Dim, tuple[str, int]] = field(default_factory=dict)
    scope: str = ""
    held: set[str] = field(default_factory=set)
    """Names of the constants already in the graph."""
    sizes: dict[tuple[str, int, int], str] = field(default_factory=dict)
    """Shapes already read: the value, from and to which dimension."""

    def add(self, op_type: str, *inputs: str, outputs: int = 1, **attributes: Attribute) -> list[str]:
        """Add a node and return the names of its outputs."""
        # A model that `archc predict` would refuse is never written.
        assert op_type in WRITTEN, f"`{op_type}` is not among `archc.runtime.operators.WRITTEN`"
        serial = len(self.graph.node)
        name = f"{self.scope}/{op_type}"
        made = [f"{name}.{serial}" if outputs == 1 else f"{name}.{serial}.{i}" for i in range(outputs)]
        node = self.graph.node.add(op_type=op_type, input=inputs, output=made, name=f"{name}.{serial}")
        for key, value in attributes.items():
            node.attribute.add(name=key, **_field(value))
        return made

    def one(self, op_type: str, *inputs: str, **attributes: Attribute) -> str:
        """Add a node of one output and return its name."""
        return self.add(op_type, *inputs, outputs=1, **attributes)[0]

    def chain(self, op_type: str, inputs: Sequence[str]) -> str:
        """Join `inputs` two by two with nodes and return the name of the last output."""
        value = inputs[0]
        for other in inputs[1:]:
            value = self.one(op_type, value, other)
        return value

    def constant(self, name: str, array: Array) -> str:
        """Store `array`, of any shape and dtype, once as the initializer `name`; return `name`."""
        if name not in self.held:
            self.held.add(name)
            self.graph.initializer.add(name=name, **_content(array))
        return name

    def weight(self, name: str, array: Array | None = None) -> str:
        """Store a float32 initializer of any shape and return its name.

        It is `array`, or the tensor of the state dict with the key `name`.
        """
        if name in self.held:
            return name
        return self.constant(name, np.asarray(self.weights[name] if array is None else array, np.float32))

    def ints(self, *numbers: int) -> str:
        """Return the name of a vector of int64, shared by all that use the same numbers."""
        return self.constant(f"int64.{'_'.join(map(str, numbers))}", np.array(numbers, np.int64))

    def index(self, number: int) -> str:
        """Return the name of a scalar of int64."""
        return self.constant(f"int64.scalar.{number}", np.array(number, np.int64))

    def scalar(self, number: float) -> str:
        """Return the name of a scalar of float32."""
        return self.constant(f"float32.{number!r}", np.array(number, np.float32))

    def whole_shape(self, value: str) -> str:
        """Return the name of all dimensions of a value, read at run time and only once."""
        return self._read(value)

    def shape_of(self, value: str, start: int, end: int) -> str:
        """Return the name of dimensions `start` to `end` (exclusive) of a value, read at run time once."""
        return self._read(value, start=start, end=end)

    def shape(self, places: Iterable[Place]) -> str:
        """Return the name of a vector of int64 of these dimensions: open ones are read at run time."""
        parts: list[str] = []
        for known, run in groupby(places, key=lambda place: isinstance(place.dim, int)):
            if known:
                parts.append(self.ints(*(place.dim for place in run if isinstance(place.dim, int))))
            else:
                places_read = (self.given.get(p.dim, (p.value, p.axis)) for p in run)
                parts += [self.shape_of(value, start, end) for value, start, end in _reads(places_read)]
        return parts[0] if len(parts) == 1 else self.one("Concat", *parts, axis=0)

    def _read(self, value: str, **part: int) -> str:
        key = (value, part.get("start", 0), part.get("end", -1))
        if key not in self.sizes:
            self.sizes[key] = self.one("Shape", value, **part)
        return self.sizes[key]

    def called(self, value: str, name: str) -> str:
        """Rename `value` to `name` if the last node makes it, and return the name it has then."""
        if not self.graph.node or list(self.graph.node[-1].output) != [value]:
            return value
        self.graph.node[-1].output[0] = name
        self.graph.node[-1].name = self.scope
        for key, size in self.sizes.items():
            if size == value:
                self.sizes[key] = name
        return name


def _reads(places: Iterable[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """Return the values to read and from and to which dimension: neighbors of one value in one go."""
    found: list[tuple[str, int, int]] = []
    for value, axis in places:
        if found and found[-1][0] == value and found[-1][2] == axis:
            found[-1] = (value, found[-1][1], axis + 1)
        else:
            found.append((value, axis, axis + 1))
    return found


def _content(array: Array) -> dict[str, Any]:
    """Return the fields of a tensor as ONNX keeps it: contiguous, little-endian."""
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(array.dtype.name))
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return {"data_type": kind, "dims": array.shape, "raw_data": little.tobytes()}


def _field(value: Attribute) -> dict[str, Any]:
    """Return the fields of an attribute that hold its type and its value."""
    match value:
        case int():
            return {"type": AttributeProto.INT, "i": value}
        case float():
            return {"type": AttributeProto.FLOAT, "f": value}
        case str():
            return {"type": AttributeProto.STRING, "s": value.encode()}
        case Sequence():
            return {"type": AttributeProto.INTS, "ints": value}
        case _:
            assert_never(value)
