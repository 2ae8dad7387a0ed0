"""Where models to record come from: torchvision's classifiers, and what it says of their weights."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from archc.files.errors import WorldError
from archc.files.extras import install_extra
from archc.record.source import Source, version_of
from archc.source.diagnostics.suggest import nearest

_SETTINGS: dict[str, dict[str, Any]] = {
    # Without auxiliary heads: they serve training from scratch only. `init_weights=False` is what the library
    # announces as its default, and what it uses with weights.
    "googlenet": {"aux_logits": False, "init_weights": False},
    "inception_v3": {"aux_logits": False, "init_weights": False},
}
_AUXILIARY = {"googlenet": ("aux1.", "aux2."), "inception_v3": ("AuxLogits.",)}
"""Keys of the published files that belong to the heads left out."""

# These two are published with `transform_input=True`: their `forward` takes ImageNet-normalized images and
# undoes that, x * (0.229 / 0.5) + (0.485 - 0.5) / 0.5 and so on, which is (image - 0.5) / 0.5. The record
# holds the net behind that arithmetic and says so by the normalization: mean and std 0.5.
_HALF = (0.5, 0.5, 0.5)

_IN_PARTS = ("swin", "maxvit")
"""Families with windows, which no op describes: their attention stays the library's own module."""

_FIXED = ("vit_", "maxvit")
"""Families built for one image size."""


def source(ref: str) -> Source:
    """Return the source of a body by its ref; `WorldError` for an unknown or absent library or model."""
    library, _, name = ref.partition("/")
    if library == "torchvision" and name:
        return _torchvision(name)
    if library == "timm" and name:
        from archc.record.timm import timm_source

        return timm_source(name)
    raise WorldError(f"cannot record `{ref}`", "archc records bodies named torchvision/NAME and timm/NAME")


def torchvision_names() -> tuple[str, ...]:
    """Return the refs of all of torchvision's classification models."""
    return tuple(f"torchvision/{name}" for name in _models().list_models(module=_models()))


def _models() -> Any:
    try:
        from torchvision import models
    except ImportError as error:
        raise WorldError("torchvision is not installed", install_extra("train")) from error
    return models


def _torchvision(name: str) -> Source:
    models = _models()
    known = models.list_models(module=models)
    if name not in known:
        near = nearest(name, known)
        raise WorldError(
            f"torchvision has no classifier `{name}`", f"did you mean `{near}`?" if near else None
        )
    fixed = name.startswith(_FIXED)
    published = models.get_model_weights(name)
    default = published["DEFAULT"]
    size = _size_without_weights(fixed, default)
    weights = {entry.name: _weights(name, entry) for entry in published}
    return Source(
        make=functools.partial(models.get_model, name, weights=None, **_SETTINGS.get(name, {})),
        size=size,
        fixed_size=fixed,
        min_size=size[0] if fixed else max(default.meta["min_size"]),
        auxiliary=_AUXILIARY.get(name, ()),
        in_parts=name.startswith(_IN_PARTS),
        versions={library: version_of(library) for library in ("torch", "torchvision")},
        weights=weights,
        default_weights=_default(default.name, weights, size if fixed else None),
    )


def _size_without_weights(fixed: bool, default: Any) -> tuple[int, int]:
    """Return what the library builds for.

    224 where the model fixes it, else the size its weights are used at.
    """
    side = 224 if fixed else _crop(default)
    return side, side


def _crop(entry: Any) -> int:
    return int(entry.transforms().crop_size[0])


def _weights(name: str, entry: Any) -> dict[str, Any]:
    preset = entry.transforms()
    half = name in _SETTINGS
    return {
        "url": entry.url,
        "mean": list(_HALF if half else preset.mean),
        "std": list(_HALF if half else preset.std),
        "size": [preset.crop_size[0], preset.crop_size[0]],
        "resize": preset.resize_size[0],
        "interpolation": preset.interpolation.value,
    }


def _default(name: str, weights: Mapping[str, Mapping[str, Any]], size: tuple[int, int] | None) -> str | None:
    """Return the library's default, or the first file that fits the size the body is fixed to."""
    fitting = [n for n, entry in weights.items() if size is None or tuple(entry["size"]) == size]
    return name if name in fitting else next(iter(fitting), None)
