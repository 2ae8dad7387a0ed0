"""Bodies that archc does not see into: what a forward pass on the meta device shows of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn


class OpaqueUnit(NamedTuple):
    """A part of an opaque body whose output is a map."""

    name: str
    channels: int
    reduction: int
    layout: str


def opaque_units(model: nn.Module, side: int) -> list[OpaqueUnit]:
    """The outermost parts that give maps, in execution order, for a square image of `side` pixels.

    Top-level children, those that hold a sequence of stages (`features`, `blocks`) opened into them.
    """
    found: list[OpaqueUnit] = []
    hooks = [
        module.register_forward_hook(lambda _, __, out, name=name: found.extend(_unit(name, out, side)))
        for name, module in _parts(model)
    ]
    with torch.no_grad():
        model.to("meta")(torch.empty(1, 3, side, side, device="meta"))
    for hook in hooks:
        hook.remove()
    return found


def state(model: nn.Module) -> list[list[Any]]:
    """A row for each key of the state dict: name, shape, and the word "buffer" for what is not learnt."""
    learnt = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    return [
        [name, list(tensor.shape), *(() if name in learnt else ("buffer",))]
        for name, tensor in model.state_dict().items()
    ]


def _parts(model: nn.Module) -> list[tuple[str, nn.Module]]:
    parts: list[tuple[str, nn.Module]] = []
    for name, child in model.named_children():
        inner = [(f"{name}.{n}", c) for n, c in child.named_children()]
        holds_stages = isinstance(child, nn.ModuleList) or name == "features"
        parts.extend(inner if holds_stages else [(name, child)])
    return parts


def _unit(name: str, out: Tensor, side: int) -> list[OpaqueUnit]:
    """The unit, if `out` is a map. Channels stand where the two sizes that are equal do not."""
    if out.ndim != 4 or 1 in out.shape[1:]:
        return []
    _, a, b, c = out.shape
    if b == c:
        return [OpaqueUnit(name, a, round(side / b), "NCHW")]
    return [OpaqueUnit(name, c, round(side / a), "NHWC")]
