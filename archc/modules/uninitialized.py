"""Torch's layers without the work of their default initialization."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from torch import nn

M = TypeVar("M", bound=nn.Module)


def uninitialized(cls: type[M], *args: object, **kwargs: object) -> M:
    """Return a `cls(*args, **kwargs)` whose learned tensors hold whatever memory held.

    Buffers are as `cls` makes them. What comes back is of class `cls` itself, so that everything that knows
    torch's layers by their class (quantization, fusion, adapters) knows this one.
    """
    silenced: Any = _silenced(cls)  # type: ignore[arg-type]  # mypy: a class is hashable, `type[M]` is not
    module: M = silenced(*args, **kwargs)
    module.__class__ = cls
    return module


@cache
def _silenced(cls: Any) -> Any:
    """Return `cls` with a `reset_parameters` that does nothing; nothing global is patched, for threads."""
    return type(cls.__name__, (cls,), {"reset_parameters": _nothing})


def _nothing(module: nn.Module) -> None:
    """Stand in the place of `reset_parameters`, which a layer's constructor ends with."""
