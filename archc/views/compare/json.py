"""A comparison as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from archc.views.compare.compare import Comparison


def diff_json(found: Comparison) -> str:
    """Return every fact of the comparison, and whether the two differ."""
    return json.dumps({"differs": found.differs, **asdict(found)}, indent=1) + "\n"
