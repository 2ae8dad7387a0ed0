"""Torch's layers without the work of their default initialisation."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from torch import nn

M = TypeVar("M", bound=nn.Module)


def uninitialised(cls: type[M], *args: object, **kwargs: object) -> M:
    """A `cls(*args, **kwargs)` whose learnt tensors hold whatever memory held.

    Buffers are as `cls` makes them. What comes back is of class `cls` itself, so that everything that knows
    torch's layers by their class (quantisation, fusion, adapters) knows this one.
    """
    module = _silenced(cls)(*args, **kwargs)
    module.__class__ = cls
    return module


@cache
def _silenced(cls: type[M]) -> type[M]:
    """`cls` with a `reset_parameters` that does nothing: no global is patched, so threads may build at once."""
    return type(cls.__name__, (cls,), {"reset_parameters": _nothing})


def _nothing(module: nn.Module) -> None:
    """In the place of `reset_parameters`, which a layer's constructor ends with."""
