"""Which modules are norm layers, and which have running statistics."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

_NORMS = (_NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.LocalResponseNorm)


def norms(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Every norm layer below `module` with its dotted path."""
    for path, layer in module.named_modules():
        if isinstance(layer, _NORMS):
            yield path, layer


def batch_norms(module: nn.Module) -> list[nn.Module]:
    """The norm layers that in training take their statistics from the batch."""
    return [layer for _, layer in norms(module) if isinstance(layer, nn.modules.batchnorm._BatchNorm)]


def has_statistics(layer: nn.Module) -> bool:
    """Whether the layer keeps running statistics."""
    return isinstance(layer, _NormBase) and layer.track_running_stats
