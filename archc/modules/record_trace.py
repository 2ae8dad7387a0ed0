"""A module's `forward` as a torch.fx graph, with the place of every call and what every module returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import fx, nn

from archc.modules.record_faults import Unrecordable
from archc.modules.record_leaves import is_leaf


@dataclass(frozen=True, slots=True)
class Trace:
    """The traced graph.

    Attributes:
        scopes: the path of the module in whose `forward` each call stands.
        returned: the value that the first application of each module returns, where that is one value.
    """

    graph: fx.Graph
    scopes: dict[fx.Node, str]
    returned: dict[str, fx.Node]


def trace(model: nn.Module) -> Trace:
    """The eval-mode `forward` of `model`.

    Raises:
        Unrecordable: the way through it depends on the numbers or sizes that come in.
    """
    tracer = _Tracer()
    try:
        graph = tracer.trace(model)
    except fx.proxy.TraceError as error:
        raise Unrecordable(
            f"{type(model).__name__} decides in `forward` by what comes in: {error}"
        ) from error
    return Trace(graph, tracer.scopes, tracer.returned)


class _Tracer(fx.Tracer):
    """Goes into every module that is not one op."""

    def __init__(self) -> None:
        super().__init__()
        self.path: list[str] = []
        self.scopes: dict[fx.Node, str] = {}
        self.returned: dict[str, fx.Node] = {}

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return is_leaf(m)

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        path = self.path_of_module(m)
        self.path.append(path)
        try:
            value = super().call_module(m, forward, args, kwargs)
        finally:
            self.path.pop()
        if isinstance(value, fx.Proxy):
            self.returned.setdefault(path, value.node)
        return value

    def create_node(self, *args: Any, **kwargs: Any) -> fx.Node:
        node = super().create_node(*args, **kwargs)
        self.scopes[node] = self.path[-1] if self.path else ""
        return node
