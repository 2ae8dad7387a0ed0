"""A library's model built without filling its weights, and how the library would have filled them."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd
from torch.overrides import TorchFunctionMode

from archc.ops.initializers import TORCH_DEFAULT, Init
from archc.record.faults import Unrecordable

_RECORDED = (
    "constant_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
)
_OWN_DEFAULTS: tuple[tuple[type[nn.Module], str], ...] = (
    (nn.Linear, "reset_parameters"),
    (_ConvNd, "reset_parameters"),
    (_NormBase, "reset_parameters"),
    (nn.LayerNorm, "reset_parameters"),
    (nn.GroupNorm, "reset_parameters"),
    (nn.MultiheadAttention, "_reset_parameters"),
)
"""Where torch's own layers start themselves: whatever happens inside is `torch_default`."""

_HARMLESS = {"requires_grad_", "detach_", "share_memory_"}


@dataclass(frozen=True, slots=True)
class Built:
    """A model in eval mode, its weights not filled, and each parameter's initializer by name.

    `unknown` are the parameters that start in a way which no `Init` describes.
    """

    model: nn.Module
    inits: dict[str, Init]
    unknown: tuple[str, ...] = ()


def build(make: Callable[[], nn.Module], *, lenient: bool = False) -> Built:
    """Return the model that `make` returns, on the CPU, at the cost of its memory's address space alone.

    Raises:
        Unrecordable: a parameter starts in a way that no `Init` describes, unless `lenient`.
    """
    watch = _Watch()
    with watch.patched(), watch, torch.no_grad():
        model = make()
        model.eval()  # its own `train` may forget to return itself
    inits: dict[str, Init] = {}
    unknown = []
    for name, parameter in model.named_parameters():
        try:
            inits[name] = watch.init_of(name, parameter)
        except Unrecordable:
            if not lenient:
                raise
            unknown.append(name)
    return Built(model, inits, tuple(unknown))


class _Watch(TorchFunctionMode):
    """Keeps the last initializer called on each tensor, and skips the drawing of random numbers."""

    def __init__(self) -> None:
        super().__init__()
        # By address; the tensor is kept so that no later one can come to lie at the same address.
        self.calls: dict[int, tuple[Init | None, Tensor]] = {}
        self.inside_torch = 0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = getattr(func, "__name__", "")
        in_place = name.endswith("_") and not name.startswith("_") and name not in _HARMLESS
        if not (in_place and args and isinstance(args[0], Tensor)):
            return func(*args, **(kwargs or {}))
        target = args[0]
        if name in ("normal_", "uniform_"):
            self.note(target, _drawn(name, *args[1:], **(kwargs or {})))
            return target
        if (scaled := self.scaled(target, name, args[1:])) is not None:
            self.note(target, scaled)
            return target
        self.note(target, None)  # a change that is no initializer; constants are read from the numbers later
        return func(*args, **(kwargs or {}))

    def scaled(self, target: Tensor, name: str, args: tuple[Any, ...]) -> Init | None:
        """Return how `target`, of any shape, is initialized after it is scaled or shifted.

        None where it is neither a constant nor a truncated normal.
        """
        drawn, whole = self.calls.get(target.data_ptr(), (None, target))
        number = args[0] if len(args) == 1 and isinstance(args[0], int | float) else None
        if drawn is not None and drawn.kind == "constant" and number is not None and name in ("mul_", "add_"):
            return replace(drawn, value=drawn.value * number if name == "mul_" else drawn.value + number)
        if drawn is None or drawn.kind != "trunc_normal" or number is None or whole.shape != target.shape:
            return None
        low, high, mean, std = drawn.low, drawn.high, drawn.mean, drawn.std
        if name == "mul_" and number > 0:
            return replace(drawn, mean=mean * number, std=std * number, low=low * number, high=high * number)
        if name == "add_":
            return replace(drawn, mean=mean + number, low=low + number, high=high + number)
        return None

    def note(self, target: Tensor, init: Init | None) -> None:
        """Note how `target`, of any shape, was initialized."""
        self.calls[target.data_ptr()] = (TORCH_DEFAULT if self.inside_torch else init, target)

    @contextmanager
    def patched(self) -> Iterator[None]:
        """torch.nn.init writes down instead of filling; torch's own layers are known by their methods."""
        with ExitStack() as stack:
            for name in _RECORDED:
                stack.enter_context(patch.object(nn.init, name, self._noting(getattr(nn.init, name))))
            if (timm := sys.modules.get("timm.layers.weight_init")) is not None:
                # timm's own truncated normal, which its other initializers call
                stack.enter_context(patch.object(timm, "_trunc_normal_", self._noting(_trunc_normal_)))
            for cls, method in _OWN_DEFAULTS:
                stack.enter_context(patch.object(cls, method, self._within_torch(getattr(cls, method))))
            yield

    def _noting(self, original: Callable[..., Tensor]) -> Callable[..., Tensor]:
        signature = inspect.signature(original)

        @functools.wraps(original)
        def noted(*args: Any, **kwargs: Any) -> Tensor:
            """Note the call, and return its tensor, of any shape, without filling it."""
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            given = dict(bound.arguments)
            tensor: Tensor = given.pop("tensor")
            self.note(tensor, _called(original.__name__.removeprefix("_"), given))
            return tensor

        return noted

    def _within_torch(self, original: Callable[[nn.Module], None]) -> Callable[[nn.Module], None]:
        @functools.wraps(original)
        def counted(module: nn.Module) -> None:
            self.inside_torch += 1
            try:
                original(module)
            finally:
                self.inside_torch -= 1

        return counted

    def init_of(self, name: str, parameter: nn.Parameter) -> Init:
        init, target = self.calls.get(parameter.data_ptr(), (None, parameter))
        if target.numel() != parameter.numel():
            raise Unrecordable(f"parameter `{name}` is initialized in parts, which has no initializer")
        return init if init is not None else _constant(name, parameter)


def _trunc_normal_(tensor: Tensor, mean: float, std: float, a: float, b: float) -> Tensor:
    """Stand for timm's own function of this name, whose signature this is."""
    raise NotImplementedError


def _constant(name: str, parameter: nn.Parameter) -> Init:
    """Return the constant that fills a parameter which no initializer has touched."""
    low, high = parameter.detach().aminmax()
    if low.item() != high.item():
        raise Unrecordable(f"parameter `{name}` starts from numbers that no initializer describes")
    # The shortest decimal of the float32, not the long tail it has as a Python float.
    return Init(kind="constant", value=float(f"{low.item():.8g}"))


def _drawn(name: str, first: float | None = None, second: float | None = None, **kwargs: Any) -> Init:
    """Return the `Init` of Tensor.normal_(mean, std) or Tensor.uniform_(from, to)."""
    if name == "normal_":
        mean = kwargs.get("mean", 0.0) if first is None else first
        return Init(
            kind="normal", mean=float(mean), std=float(kwargs.get("std", 1.0) if second is None else second)
        )
    low = kwargs.get("from", 0.0) if first is None else first
    return Init(
        kind="uniform", low=float(low), high=float(kwargs.get("to", 1.0) if second is None else second)
    )


def _called(name: str, given: dict[str, Any]) -> Init:
    """Return the `Init` of a function of torch.nn.init called with `given`."""
    match name:
        case "zeros_" | "ones_":
            return Init(kind="constant", value=float(name == "ones_"))
        case "constant_":
            return Init(kind="constant", value=float(given["val"]))
        case "normal_":
            return Init(kind="normal", mean=float(given["mean"]), std=float(given["std"]))
        case "uniform_":
            return Init(kind="uniform", low=float(given["a"]), high=float(given["b"]))
        case "trunc_normal_":
            mean, std, low, high = (float(given[key]) for key in ("mean", "std", "a", "b"))
            return Init(kind="trunc_normal", mean=mean, std=std, low=low, high=high)
        case "xavier_normal_":
            return Init(kind="xavier_normal", gain=float(given["gain"]))
        case "xavier_uniform_":
            return Init(kind="xavier_uniform", gain=float(given["gain"]))
    kind: Any = name.removesuffix("_")
    a, mode, nonlinearity = float(given["a"]), given["mode"], given["nonlinearity"]
    return Init(kind=kind, a=a, mode=mode, nonlinearity=nonlinearity)
