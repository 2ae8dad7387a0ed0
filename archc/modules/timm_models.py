"""timm's models, made without weights."""

from __future__ import annotations

import warnings
from typing import Any

from torch import nn

from archc.files.errors import WorldError
from archc.files.extras import install_extra


def created(name: str, **options: Any) -> nn.Module:
    """Return a new model of timm's, never with weights from the network."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that timm has renamed, which is no concern of a user here
        model: nn.Module = timm().create_model(name, pretrained=False, **options)
    return model


def timm() -> Any:
    """Return the library. `WorldError` where it is not installed."""
    try:
        import timm as library
    except ImportError as error:
        raise WorldError("timm is not installed", install_extra("timm")) from error
    return library
