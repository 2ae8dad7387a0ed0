"""A traced model read into ops: nodes, what leaves each module, and the final value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import fx, nn

from archc.bodies.body import IMAGE
from archc.ops.tensors import TensorType
from archc.record.calls import name_of, perform
from archc.record.compounds import compound
from archc.record.draft import At, Draft, DraftNode
from archc.record.faults import Unrecordable
from archc.record.leaves import op_of
from archc.record.trace import Trace, trace
from archc.record.views import Call
from archc.spec import layers as ops


@dataclass(frozen=True, slots=True)
class Graph:
    """The graph of a model in evaluation mode.

    Attributes:
        image: the type of the input.
        nodes: in execution order; every one of them leads to the last.
        types: the type of each node's value.
        exits: the node whose value a called module returns, by the module's path.
    """

    image: TensorType
    nodes: tuple[DraftNode, ...]
    types: tuple[TensorType, ...]
    exits: dict[str, int]


def read(model: nn.Module, image: TensorType, parts: Mapping[str, ops.LibraryPart] | None = None) -> Graph:
    """Return the graph of `model` for an `image`; of the modules in `parts` only what is said there.

    Raises:
        Unrecordable: with the name of the part that no op describes.
    """
    traced = trace(model, parts or {})
    names = [name for name, _ in model.named_modules()] + [name for name, _ in model.named_parameters()]
    reader = _Reader(model, traced, Draft(image, frozenset(names)), parts or {})
    for node in traced.graph.nodes:
        try:
            reader.values[node] = reader.value_of(node)
        except Unrecordable as fault:
            fault.where = str(node.target) if node.op == "call_module" else traced.scopes[node]
            raise
    return reader.finished()


class _Reader:
    """The values of a trace's nodes so far."""

    def __init__(
        self, model: nn.Module, traced: Trace, draft: Draft, parts: Mapping[str, ops.LibraryPart]
    ) -> None:
        self.model = model
        self.traced = traced
        self.draft = draft
        self.parts = parts
        self.values: dict[fx.Node, Any] = {}
        self.parameters: dict[str, At] = {}

    def value_of(self, node: fx.Node) -> Any:
        match node.op:
            case "placeholder":
                return self._input(node)
            case "get_attr":
                return self._parameter(str(node.target))
            case "call_module":
                return self._module(node)
            case "output":
                return self._given(node.args)[0]
        call = Call(self.draft, self.traced.scopes[node], self._sized_by(node))
        return perform(call, name_of(node.target), self._given(node.args), self._given(node.kwargs))

    def _input(self, node: fx.Node) -> At | None:
        if IMAGE in [v.node for v in self.values.values() if isinstance(v, At)]:
            if str(node.target).rpartition("_")[0] in self.traced.settled:
                return None
            raise Unrecordable(f"a second input `{node.name}` has no place in a body")
        return At(IMAGE)

    def _given(self, arguments: Any) -> Any:
        return fx.node.map_aggregate(arguments, lambda a: self.values[a] if isinstance(a, fx.Node) else a)

    def _parameter(self, path: str) -> At:
        owner, _, name = path.rpartition(".")
        tensor = getattr(self.model.get_submodule(owner), name)
        if not isinstance(tensor, nn.Parameter):
            raise Unrecordable(f"`{path}` is read in `forward` and is no parameter")
        if path not in self.parameters:
            self.parameters[path] = self.draft.emit(ops.Parameter(shape=tuple(tensor.shape)), (), path, path)
        return self.parameters[path]

    def _module(self, node: fx.Node) -> Any:
        path = str(node.target)
        module = self.model.get_submodule(path)
        args, kwargs = self._given(node.args), self._given(node.kwargs)
        name = self.draft.applied(path)
        if isinstance(module, nn.MultiheadAttention) and path not in self.parts:
            return self.draft.emit(op_of(path, module), (_attended(path, args, kwargs),), name, path), None
        told = [value for value in (*args[1:], *kwargs.values()) if value is not None and value is not False]
        if not args or told or not isinstance(args[0], At):
            raise Unrecordable(f"`{path}` is called with more than one tensor")
        if path in self.parts:
            return self.draft.emit(self.parts[path], (args[0],), name, path)
        if (made := compound(module)) is not None:
            return made(self.draft, path, module, args[0])
        in_place = bool(getattr(module, "inplace", False))
        return self.draft.emit(op_of(path, module), (args[0],), name, path, in_place=in_place)

    def _sized_by(self, node: fx.Node) -> At | None:
        """Return the tensor that the sizes among a call's arguments were asked from."""
        waiting = [n for n in node.all_input_nodes if not isinstance(self.values[n], At)]
        while waiting:
            size = waiting.pop()
            for source in size.all_input_nodes:
                if isinstance(value := self.values[source], At):
                    return value
                waiting.append(source)
        return None

    def finished(self) -> Graph:
        result = next(self.values[n] for n in self.traced.graph.nodes if n.op == "output")
        if not isinstance(result, At) or result.node == IMAGE:
            raise Unrecordable(f"{type(self.model).__name__} returns other than one tensor")
        kept = reached(result.node, self.draft.nodes)
        place = {IMAGE: IMAGE} | {old: new for new, old in enumerate(kept)}
        nodes = [self.draft.nodes[old] for old in kept]
        left = ((path, self.values[node]) for path, node in self.traced.returned.items())
        return Graph(
            self.draft.image,
            tuple(n._replace(inputs=tuple(place[i] for i in n.inputs)) for n in nodes),
            tuple(self.draft.types[old] for old in kept),
            {p: place[v.node] for p, v in left if isinstance(v, At) and v.node in place and v.node != IMAGE},
        )


def _attended(path: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> At:
    """Return the one value that is query, key and value of a self-attention."""
    plain = not set(kwargs) - {"need_weights"} and not kwargs.get("need_weights", True)
    if len(args) != 3 or not plain or args[0] != args[1] or args[0] != args[2] or not isinstance(args[0], At):
        raise Unrecordable(f"the attention `{path}` is called in a way that has no op")
    return args[0]


def reached(end: int, nodes: list[DraftNode] | tuple[DraftNode, ...]) -> list[int]:
    """Return the nodes that `end` depends on and itself, in order."""
    found, waiting = {end}, [end]
    while waiting:
        new = [i for i in nodes[waiting.pop()].inputs if i != IMAGE and i not in found]
        found.update(new)
        waiting.extend(new)
    return sorted(found)
