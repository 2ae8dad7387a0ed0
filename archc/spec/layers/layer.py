"""What every layer of the language shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from archc.spec.fields import STRICT


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerFields:
    """The configuration of the grammar; a layer adds its arguments."""

    __pydantic_config__: ClassVar[Any] = STRICT
