"""timm's models as sources of records, and what timm says of their weights."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from archc.files.errors import WorldError
from archc.modules.timm_models import created
from archc.modules.timm_models import timm as library
from archc.record.source import Source, version_of
from archc.source.diagnostics.suggest import nearest

_HUB = "https://huggingface.co/{}/resolve/main/model.safetensors"
_READABLE = (".pth", ".pt", ".safetensors")
_OWN = "github.com/huggingface/pytorch-image-models/", "github.com/rwightman/"
"""Where files lie that have timm's own keys; those of other projects timm renames as it loads them."""


def timm_source(name: str) -> Source:
    """Return the source of `timm/NAME`; a tag such as that of `resnet50.a1_in1k` picks its size.

    Raises:
        WorldError: timm is not installed or has no such model.
    """
    timm = library()
    if not timm.is_model(name):
        near = nearest(name, timm.list_models())
        raise WorldError(f"timm has no model `{name}`", f"did you mean `{near}`?" if near else None)
    tags = {key.partition(".")[2]: cfg for key, cfg in timm.models.get_arch_pretrained_cfgs(name).items()}
    chosen = timm.models.get_pretrained_cfg(name)
    size = _size(chosen) if chosen is not None else (224, 224)
    weights = {tag or "default": entry for tag, cfg in tags.items() if (entry := _weights(cfg))}
    default = (getattr(chosen, "tag", None) or "default") if chosen is not None else None
    return Source(
        make=functools.partial(created, name),
        size=size,
        in_parts=True,
        headless=functools.partial(created, name, num_classes=0),
        versions={library: version_of(library) for library in ("torch", "timm")},
        weights=weights,
        default_weights=default if default in weights else next(iter(weights), None),
    )


def _size(cfg: Any) -> tuple[int, int]:
    _, height, width = cfg.input_size
    return int(height), int(width)


def _weights(cfg: Any) -> Mapping[str, Any] | None:
    """Return what a record says of one published file; None for one that archc cannot fetch or read."""
    url = _address(cfg)
    if url is None or cfg.input_size[0] != 3:
        return None
    height, width = _size(cfg)
    return {
        "url": url,
        "mean": list(cfg.mean),
        "std": list(cfg.std),
        "size": [height, width],
        "resize": int(height / cfg.crop_pct),
        "interpolation": cfg.interpolation,
    }


def _address(cfg: Any) -> str | None:
    """Return a plain https address of a file with timm's own keys."""
    if (
        cfg.hf_hub_id
        and cfg.custom_load in (False, True)
        and not cfg.hf_hub_filename
        and cfg.hf_hub_id.startswith("timm/")
    ):
        hub: str = cfg.hf_hub_id
        # timm's own registry leaves the last part to the model's name and tag.
        full = hub if hub != "timm/" else f"timm/{cfg.architecture}.{cfg.tag}"
        return _HUB.format(full)
    if cfg.custom_load:
        return None  # a file of another framework
    url = cfg.url
    readable = isinstance(url, str) and url.startswith("https://") and url.endswith(_READABLE)
    return url if readable and any(own in url for own in _OWN) else None
