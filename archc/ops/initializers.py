"""The starts that many layers have."""

from __future__ import annotations

from archc.spec.initializers import Init

__all__ = ["ONES", "TORCH_DEFAULT", "ZEROS", "Init", "Inits"]

Inits = tuple[tuple[str, Init], ...]
"""How each parameter of a layer starts, by its name."""

ZEROS = Init(kind="constant", value=0.0)
ONES = Init(kind="constant", value=1.0)
TORCH_DEFAULT = Init(kind="torch_default")
