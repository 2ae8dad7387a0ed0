"""Freezing: which parameters get gradients in a phase, which norm layers keep their statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from torch import nn

from archc.plan.groups.partition import ParameterGroup, selected
from archc.training.norms import has_statistics, norms

TrainNorm = Literal["none", "statistics", "all"]


@dataclass(frozen=True, slots=True)
class FreezeState:
    """A module with its frozen part held still.

    Attributes:
        trained: names of the parameters that get gradients.
        groups: names of the frozen groups.
        held: norm layers that stay in evaluation mode, so that their running statistics stay.
    """

    trained: frozenset[str]
    groups: tuple[str, ...]
    held: tuple[nn.Module, ...]


def freeze(
    module: nn.Module,
    groups: Sequence[ParameterGroup],
    trained: Sequence[str] | None,
    train_norm: TrainNorm = "statistics",
) -> FreezeState:
    """Set `requires_grad` so that only `trained` is trained (None: all); return what is frozen.

    `trained` are names of groups, or of parts that groups lie below. Norm layers of frozen groups: "none"
    holds their running statistics, "statistics" lets them follow the data, "all" trains their weights too.
    """
    chosen = {name for part in trained or () for name in selected(groups, part)}
    resting = [group for group in groups if trained is not None and group.name not in chosen]
    names = frozenset(name for group in resting for name in group.parameters)
    resting_norms = [(path, layer) for path, layer in norms(module) if _rests(path, layer, groups, names)]
    if train_norm == "all":
        names -= {f"{path}.{name}" for path, layer in resting_norms for name, _ in layer.named_parameters()}
    moving = frozenset(name for name, _ in module.named_parameters()) - names
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(name in moving)
    held = [layer for _, layer in resting_norms if train_norm == "none" and has_statistics(layer)]
    return FreezeState(moving, tuple(group.name for group in resting), tuple(held))


def training_mode(module: nn.Module, frozen: FreezeState) -> None:
    """Put `module` in training mode, but for the norm layers held."""
    module.train()
    for layer in frozen.held:
        layer.eval()


def _rests(path: str, layer: nn.Module, groups: Sequence[ParameterGroup], frozen: frozenset[str]) -> bool:
    own = [f"{path}.{name}" for name, _ in layer.named_parameters()]
    if own:
        return all(name in frozen for name in own)
    # Without weights a norm layer is in no group itself: it follows the parameter nearest to it by path.
    named = (name for group in groups for name in group.parameters)
    nearest = max(named, key=lambda name: _shared_segments(name, path), default=None)
    return nearest in frozen


def _shared_segments(a: str, b: str) -> int:
    pairs = list(zip(a.split("."), b.split("."), strict=False))
    return next((i for i, (x, y) in enumerate(pairs) if x != y), len(pairs))
