"""Find norm layers, of torch and of `archc.modules.layers`, and those with running statistics."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from archc.modules.layers import normalization

_OURS: tuple[type[nn.Module], ...] = tuple(
    cls for cls in vars(normalization).values() if isinstance(cls, type) and issubclass(cls, nn.Module)
)
_TORCHS = (_NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.LocalResponseNorm)
_NORMS: tuple[type[nn.Module], ...] = (*_TORCHS, *_OURS)


def norms(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield every norm layer below `module` with its dotted path."""
    for path, layer in module.named_modules():
        if isinstance(layer, _NORMS):
            yield path, layer


def batch_norms(module: nn.Module) -> list[nn.Module]:
    """Return the norm layers that in training take their statistics from the batch."""
    return [layer for _, layer in norms(module) if isinstance(layer, nn.modules.batchnorm._BatchNorm)]


def has_statistics(layer: nn.Module) -> bool:
    """Return whether the layer keeps running statistics."""
    return isinstance(layer, _NormBase) and layer.track_running_stats
