"""A module's `forward` as a torch.fx graph, with the place of every call and what every module returns."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from torch import fx, nn

from archc.record.compounds import compound
from archc.record.faults import Unrecordable
from archc.record.leaves import is_leaf


@dataclass(frozen=True, slots=True)
class Trace:
    """The traced graph.

    Attributes:
        scopes: the path of the module in whose `forward` each call stands.
        settled: inputs beside the image that stand at a default.
        returned: the value that the first application of each module returns, where that is one value.
    """

    graph: fx.Graph
    scopes: dict[fx.Node, str]
    returned: dict[str, fx.Node]
    settled: frozenset[str]


def trace(model: nn.Module, whole: Container[str] = ()) -> Trace:
    """Return the eval-mode `forward` of `model`; nothing is seen of modules whose paths are in `whole`.

    Raises:
        Unrecordable: the way through it depends on the numbers or sizes that come in.
    """
    tracer = _Tracer(whole)
    try:
        graph = tracer.trace(model, _settings(model))
    except Exception as error:  # a proxy fails in as many ways as a library's `forward` can use a number
        fault = Unrecordable(f"{type(model).__name__} decides in `forward` by what comes in: {error}")
        fault.where = tracer.failed or ""
        raise fault from error
    return Trace(graph, tracer.scopes, tracer.returned, frozenset(_settings(model) or ()))


def _settings(model: nn.Module) -> dict[str, Any] | None:
    """Return what stands at its default in a call with an image alone, such as a mask of None."""
    given = list(inspect.signature(model.forward).parameters.values())[1:]
    return {p.name: p.default for p in given if p.default is None or isinstance(p.default, bool)} or None


class _Tracer(fx.Tracer):
    """Goes into every module that is not one op."""

    def __init__(self, whole: Container[str]) -> None:
        super().__init__(autowrap_modules=())
        self.whole = whole
        self.failed: str | None = None
        self.path: list[str] = []
        self.scopes: dict[fx.Node, str] = {}
        self.returned: dict[str, fx.Node] = {}

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return module_qualified_name in self.whole or is_leaf(m) or compound(m) is not None

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        path = self.path_of_module(m)
        self.path.append(path)
        try:
            value = super().call_module(m, forward, args, kwargs)
        except Exception:
            self.failed = path if self.failed is None else self.failed
            raise
        finally:
            self.path.pop()
        if isinstance(value, fx.Proxy):
            self.returned.setdefault(path, value.node)
        return value

    def create_node(self, *args: Any, **kwargs: Any) -> fx.Node:
        node = super().create_node(*args, **kwargs)
        self.scopes[node] = self.path[-1] if self.path else ""
        return node
