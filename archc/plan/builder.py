"""Nodes put together one by one, each typed as it is added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archc.catalog.dims import symbol
from archc.catalog.facts import infer
from archc.catalog.faults import ShapeFault
from archc.catalog.graph import Node, SpecPath
from archc.catalog.initialisers import Init
from archc.catalog.tensors import TensorType
from archc.plan.composites import Site, Start, write_out
from archc.plan.fault import fault
from archc.plan.plan import BodyUse
from archc.spec import layers as ops
from archc.spec.layers import Composite, Layer, Nesting, Op

Inits = tuple[tuple[str, Init], ...]
BATCH = symbol("N")


def _torchs_own(layer: Layer) -> Inits:
    """No start of its own."""
    return ()


@dataclass(slots=True)
class Builder:
    """A graph under construction. A value is known by its name, which `add` returns."""

    types: dict[str, TensorType] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    bodies: list[BodyUse] = field(default_factory=list)
    sizes: dict[str, SpecPath] = field(default_factory=dict)
    """Where the spec says how large each input is."""
    search: tuple[Path, ...] = ()
    """The project's folders of recorded bodies."""

    def add(
        self,
        module: str,
        op: Op,
        *inputs: str,
        init: Inits = (),
        origin: SpecPath = (),
        name: str | None = None,
    ) -> str:
        """The name of the new value: the module's path, unless `name` says otherwise.

        Raises:
            PlanFault: the op does not fit its inputs; the fault stands at `origin`.
        """
        given = tuple(self.types[i] for i in inputs)
        try:
            resolved, out = infer(op, given)
        except ShapeFault as shape:
            place = (*origin, shape.field) if shape.field else origin
            raise fault(
                "ARC302", shape.message, place, label=f"reads {', '.join(map(str, given))}", help=shape.help
            ) from None
        value = module if name is None else name
        self.nodes.append(Node(value, resolved, inputs, module, out, init, origin))
        self.types[value] = out
        return value

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
        """The value after layers applied one after the other; they are `prefix.0`, `prefix.1`, ...

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
        """The value after a layer that somebody wrote: it must keep the examples of a batch apart.

        `start` says how the layers inside it start, where it stands for several.

        Raises:
            PlanFault: it does not, or does not fit (ARC310, ARC302).
        """
        if isinstance(layer, Composite | Nesting):
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
        """The channels of a map."""
        count = self.types[value].shape[1]
        assert isinstance(count, int)
        return count

    def size(self, value: str) -> tuple[int, int]:
        """Height and width of a map."""
        height, width = self.types[value].shape[2:]
        assert isinstance(height, int)
        assert isinstance(width, int)
        return height, width


def _across_batch(layer: Layer, given: TensorType, out: TensorType) -> str | None:
    """The field that makes a layer work across the batch, if it does."""
    if isinstance(layer, ops.Softmax | ops.LogSoftmax):
        return "dim" if layer.dim in (0, -len(given.shape)) else None
    if out.shape[0] == given.shape[0]:
        return None
    match layer:
        case ops.Flatten():
            return "start_dim"
        case ops.Permute():
            return "dims"
        case _:
            return "dim"
