"""Parts of a library's model that archc does not see into: the library's own modules, one by one."""

from __future__ import annotations

import copy
from functools import lru_cache

import torch
from torch import Tensor, nn

from archc.files.errors import WorldError
from archc.spec import layers as ops


def library_part(op: ops.LibraryPart, *, seed: int = 0) -> nn.Module:
    """Return the module at `op.path` as its library starts it; the global generator stays as it was.

    Raises:
        WorldError: the library is not installed, or has another model under that name than was recorded.
    """
    model = _model(op.ref, op.in_channels, seed, whole=not op.path)
    try:
        part = copy.deepcopy(model.get_submodule(op.path))
    except AttributeError as missing:
        raise _changed(op.ref) from missing
    if not op.path:
        part.__class__ = _up_to_classifier(type(part), is_map=len(op.out) == 4)
    if {name: tuple(t.shape) for name, t in part.state_dict().items()} != _expected(op):
        raise _changed(op.ref)
    return part


def forget() -> None:
    """Free the models that were kept while a plan's parts were taken out of them."""
    _model.cache_clear()


@lru_cache(maxsize=2)
def _model(ref: str, channels: int, seed: int, *, whole: bool) -> nn.Module:
    """Return the library's model. It is kept: a body is often dozens of parts."""
    library, _, name = ref.partition("/")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _created(library, name, channels, whole=whole)


def _created(library: str, name: str, channels: int, *, whole: bool) -> nn.Module:
    if library == "timm":
        from archc.modules.timm_models import created

        options = {"num_classes": 0} if whole else {}
        return created(name, in_chans=channels, **options)
    if library == "torchvision":
        from torchvision.models import get_model

        model: nn.Module = get_model(name, weights=None)
        if channels != 3:
            _widen(model, channels)
        return model
    raise WorldError(f"no library `{library}` builds bodies", "archc builds those of torchvision and timm")


def _widen(model: nn.Module, channels: int) -> None:
    """Put a convolution over `channels` in the place of the first one."""
    path, first = next((p, m) for p, m in model.named_modules() if isinstance(m, nn.Conv2d))
    wider = nn.Conv2d(
        channels,
        first.out_channels,
        first.kernel_size,  # type: ignore[arg-type]  # always a pair once constructed
        first.stride,  # type: ignore[arg-type]
        first.padding,  # type: ignore[arg-type]
        first.dilation,  # type: ignore[arg-type]
        first.groups,
        first.bias is not None,
        first.padding_mode,
    )
    owner, _, name = path.rpartition(".")
    setattr(model.get_submodule(owner), name, wider)


def _expected(op: ops.LibraryPart) -> dict[str, tuple[int, ...]]:
    from archc.ops.facts import buffers, parameters

    return dict((*parameters(op), *buffers(op)))


def _changed(ref: str) -> WorldError:
    return WorldError(
        f"`{ref}` is another model in the installed library than in its record",
        f"archc record {ref}, or install the version the record names",
    )


def _up_to_classifier(cls: type[nn.Module], *, is_map: bool) -> type[nn.Module]:
    """Return a class like `cls` that returns the last map, or the pooled features where that is no map."""

    def forward(self: nn.Module, x: Tensor) -> Tensor:
        """Return the last map, of the shape that the library gives it, or pooled features (N, C)."""
        features: Tensor = self.forward_features(x)  # type: ignore[operator]  # timm's models have these two
        if is_map:
            return features
        pooled: Tensor = self.forward_head(features, pre_logits=True)  # type: ignore[operator]
        return pooled

    return type(cls.__name__, (cls,), {"forward": forward})
