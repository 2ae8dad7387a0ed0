"""A model to record, whatever library it comes from."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn


@dataclass(frozen=True, slots=True)
class Source:
    """A model to record and what its library says of it.

    Attributes:
        size: height and width that it is meant for.
        fixed_size: no other size will do.
        auxiliary: prefixes of keys that published files have and the recorded model has not.
        in_parts: what no op describes may be recorded as parts that the library builds.
        headless: makes the same model without its classifier, for one that can only be one part.
        weights: url, mean, std, size and so on of each published file, by its name.
    """

    make: Callable[[], nn.Module]
    size: tuple[int, int] = (224, 224)
    fixed_size: bool = False
    min_size: int = 1
    auxiliary: tuple[str, ...] = ()
    in_parts: bool = False
    headless: Callable[[], nn.Module] | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    default_weights: str | None = None


def version_of(library: str) -> str:
    """Return the installed release of a library, without a local suffix such as `+cu126`."""
    return importlib.metadata.version(library).partition("+")[0]
