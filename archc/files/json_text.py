"""JSON as everybody can read it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def as_json(value: Any, indent: int | None = None, *, ascii: bool = False) -> str:
    """Return JSON text; numbers that JSON has not (NaN, infinities) are null.

    With `ascii` whatever is beyond is escaped, names of files that are no UTF-8 as well.
    """
    return json.dumps(_finite(value), indent=indent, ensure_ascii=ascii, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
