"""Where fastai's splitters cut a body into an early and a late half. Source: `model_meta` of fastai 2.8."""

from __future__ import annotations

import re

_STARTS: tuple[tuple[str, str], ...] = (
    (r"resnet\d+", "layer3"),
    (r"squeezenet1_\d", "features.5"),
    (r"densenet\d+", "features.transition2"),
    (r"vgg\d+_bn", "features.22"),
    (r"alexnet", "features.6"),
)


def library_split(ref: str) -> str | None:
    """Return the module where the late half of a torchvision body begins; None where fastai has no split."""
    library, _, name = ref.partition("/")
    if library != "torchvision":
        return None
    return next((start for pattern, start in _STARTS if re.fullmatch(pattern, name)), None)
