"""Keys and strings as they are written in both formats."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archc.source.text.limits import Format

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def is_bare(name: str) -> bool:
    """Return True for a name that TOML takes as a key without quotes."""
    return _BARE.fullmatch(name) is not None


def written_key(name: str, format: Format) -> str:
    """Return a key as it is written: bare where TOML allows it, else in double quotes."""
    return name if format == "toml" and is_bare(name) else quoted_string(name)


def quoted_string(text: str) -> str:
    """Return a string in double quotes, with escapes that both JSON and TOML know."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
