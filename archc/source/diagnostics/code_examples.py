"""A spec with each fault and what is said of it, for pages and `archc explain`.

`examples.json` is made of `tests/broken` by `python -m tests.broken`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("examples.json")


class Example(NamedTuple):
    """A spec's text (empty where it is too long to show), the language it is in, and the rendering."""

    format: str
    text: str
    rendering: str


def examples() -> dict[str, Example]:
    """Return an example of each code."""
    known: dict[str, list[str]] = json.loads(FILE.read_text("utf-8"))
    return {code: Example(*parts) for code, parts in known.items()}
