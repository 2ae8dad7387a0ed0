"""One op to the torch object that does its work."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, assert_never

import torch
from torch import Tensor, nn

from archc.modules import functions
from archc.modules.layers import activation, attention, dropping, normalization, pooling, shape
from archc.modules.uninitialized import uninitialized
from archc.ops import facts
from archc.ops.call import Argument, Foreign, Function, Layer
from archc.spec import layers as ops
from archc.spec.layers import Op

Stateless = Callable[..., Tensor]

_FAMILIES = (activation, attention, dropping, normalization, pooling, shape)


def module_for(op: Op) -> nn.Module | Stateless:
    """Return the module of a resolved op, parameters not initialized; a plain function where it has no state.

    Nothing works in place: a value may have other readers, and torch frees what nobody reads any more.
    """
    if isinstance(op, ops.Parameter):
        raise TypeError("a parameter is registered by the build: it is no module")
    made = facts.call(op)
    match made:
        case Layer():
            module = _constructed(made, learns=bool(facts.parameters(op)))
            return module if made.placed else module.forward
        case Function():
            return _function(made)
        case Foreign():
            return _foreign(op)
        case _:
            assert_never(made)


def _constructed(layer: Layer, *, learns: bool) -> nn.Module:
    cls = _class(layer.callee)
    given = [a.value for a in layer.arguments if a.positional]
    named = {a.name: a.value for a in layer.arguments if not a.positional}
    if layer.callee.startswith("nn."):
        module: nn.Module = uninitialized(cls, *given, **named)
        return module
    if not learns:
        return cls(*given, **named)  # type: ignore[no-any-return]
    device = torch.get_default_device()
    with torch.device("meta"):  # ours start themselves, which costs nothing there
        module = cls(*given, **named)
    return module.to_empty(device=device)


def _class(callee: str) -> Any:
    """Return torch's class `nn.NAME`, or ours of that name."""
    if callee.startswith("nn."):
        return getattr(nn, callee.removeprefix("nn."))
    return next(getattr(family, callee) for family in _FAMILIES if hasattr(family, callee))


def _function(made: Function) -> Stateless:
    function: Stateless = getattr(functions, made.name)
    return partial(function, **_values(made.arguments)) if made.arguments else function


def _values(arguments: tuple[Argument, ...]) -> dict[str, Any]:
    return {argument.name: argument.value for argument in arguments}


def _foreign(op: Op) -> nn.Module | Stateless:
    if isinstance(op, ops.LibraryPart):
        from archc.modules.library_part import library_part  # the one op that needs a library

        return library_part(op)
    from archc.ops.extensions import made

    assert isinstance(op, ops.ExtensionOp)
    work: nn.Module | Stateless = made(op).module()
    return work
