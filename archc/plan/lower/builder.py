"""Nodes put together one by one, each typed as it is added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from archc.ops.dims import symbol
from archc.ops.facts import infer
from archc.ops.faults import ShapeFault
from archc.ops.initializers import Inits
from archc.ops.node import Node, SpecPath
from archc.ops.tensors import TensorType
from archc.plan.bounds import MOST_DIMENSIONS, MOST_SIZE, USUAL, Bounds, endless
from archc.plan.lower.fault import PlanFault, fault
from archc.plan.plan import BodyUse
from archc.spec import layers as ops
from archc.spec.layers import Composite, Layer, Nesting, Op

if TYPE_CHECKING:
    from pathlib import Path

    from archc.plan.lower.composites import Start

BATCH = symbol("N")


def _torchs_own(layer: Layer) -> Inits:
    """Return no start of its own."""
    return ()


class Builder:
    """A graph under construction. A value is known by its name, which `add` returns.

    Attributes:
        sizes: where the spec says how large each input is.
        search: the project's folders of recorded bodies.
    """

    __slots__ = ("bodies", "bounds", "nodes", "search", "sizes", "types")

    def __init__(
        self,
        types: dict[str, TensorType] | None = None,
        *,
        search: tuple[Path, ...] = (),
        bounds: Bounds = USUAL,
    ) -> None:
        self.types = types or {}
        self.nodes: list[Node] = []
        self.bodies: list[BodyUse] = []
        self.sizes: dict[str, SpecPath] = {}
        self.search, self.bounds = search, bounds

    def add(
        self,
        module: str,
        op: Op,
        *inputs: str,
        init: Inits = (),
        origin: SpecPath = (),
        name: str | None = None,
    ) -> str:
        """Return the name of the new value: the module's path, unless `name` says otherwise.

        Raises:
            PlanFault: the op does not fit its inputs, or goes beyond a bound; the fault stands at `origin`.
        """
        if len(self.nodes) >= self.bounds.nodes:
            raise _too_many(self.bounds.nodes, origin)
        given = tuple(self.types[i] for i in inputs)
        try:
            resolved, out = infer(op, given)
        except ShapeFault as shape:
            place = (*origin, shape.field) if shape.field else origin
            raise fault(
                "ARC302", shape.message, place, label=f"reads {', '.join(map(str, given))}", help=shape.help
            ) from None
        if endless(out.shape):
            raise _endless(op, out, origin)
        value = module if name is None else name
        self.nodes.append(Node(value, resolved, inputs, module, out, init, origin))
        self.types[value] = out
        return value

    def take(self, nodes: Sequence[Node], types: Mapping[str, TensorType]) -> bool:
        """Add nodes that are typed already, all or none; return whether there was room and all were new."""
        if len(self.nodes) + len(nodes) > self.bounds.nodes or not types.keys().isdisjoint(self.types):
            return False
        self.nodes += nodes
        self.types |= types
        return True

    def chain(
        self,
        prefix: str,
        layers: Sequence[Layer],
        value: str,
        origin: SpecPath,
        *,
        start: Start = _torchs_own,
        again: str = "",
    ) -> str:
        """Return the value after layers applied one after the other; they are `prefix.0`, `prefix.1`, ...

        `again` names a further application of the same layers.
        """
        for index, layer in enumerate(layers):
            path, at = f"{prefix}.{index}", (*origin, index)
            value = self.layer(path, layer, value, init=start(layer), start=start, origin=at, again=again)
        return value

    def layer(
        self,
        module: str,
        layer: Layer,
        value: str,
        *,
        init: Inits = (),
        start: Start = _torchs_own,
        origin: SpecPath = (),
        again: str = "",
    ) -> str:
        """Return the value after a layer that a spec writes: it must keep the examples of a batch apart.

        `start` says how the layers inside it start, where it stands for several.

        Raises:
            PlanFault: it does not, or does not fit (ARC310, ARC302).
        """
        if isinstance(layer, Composite | Nesting):
            from archc.plan.lower.composites import Site, write_out

            return write_out(Site(self, module, origin, start, again), layer, value)
        name = f"{module}@{again}" if again else module
        out = self.add(module, layer, value, init=init, origin=origin, name=name)
        field = _across_batch(layer, self.types[value], self.types[out])
        if field is not None:
            raise fault(
                "ARC310",
                f"`{layer.op}` mixes the examples of a batch",
                (*origin, field),
                label=f"reads {self.types[value]}",
                help="dimension 0 is the batch: leave it where it is",
            )
        return out

    def channels(self, value: str) -> int:
        """Return the channels of a map."""
        count = self.types[value].shape[1]
        assert isinstance(count, int)
        return count

    def size(self, value: str) -> tuple[int, int]:
        """Return height and width of a map."""
        height, width = self.types[value].shape[2:]
        assert isinstance(height, int)
        assert isinstance(width, int)
        return height, width


def _too_many(most: int, origin: SpecPath) -> PlanFault:
    return fault(
        "ARC352",
        f"the model has more than {most:,} nodes",
        origin,
        help="repeat fewer times: each repetition is written out; or raise the bound with --max-nodes",
    )


def _endless(op: Op, out: TensorType, origin: SpecPath) -> PlanFault:
    rank, largest = len(out.shape), max(d for d in (1, *out.shape) if isinstance(d, int))
    what = f"a dimension of {largest:,}" if largest > MOST_SIZE else f"{rank:,} dimensions"
    most = f"{MOST_SIZE:,}" if largest > MOST_SIZE else f"{MOST_DIMENSIONS}"
    return fault("ARC353", f"`{op.op}` makes a value with {what}, the most is {most}", origin, help=_SMALLER)


_SMALLER = "no library computes it: make the model smaller"


def _across_batch(layer: Layer, given: TensorType, out: TensorType) -> str | None:
    """Return the field that makes a layer work across the batch, if it does."""
    if isinstance(layer, ops.Softmax | ops.LogSoftmax):
        return "dim" if layer.dim in (0, -len(given.shape)) else None
    if out.shape[0] == given.shape[0]:
        return None
    return next(field for field in ("start_dim", "dims", "dim", "op") if hasattr(layer, field))
