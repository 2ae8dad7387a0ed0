"""Where the spec of a run lay: relative paths in it, such as the data's root, are still seen from there.

It is kept as seen from the run, so that a run names no machine, and a project can be moved as a whole.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from archc.run.layout import ENVIRONMENT

KEY = "spec_folder"
"""Of a run's `environment.json`."""


def origin(spec_dir: Path, run: Path) -> dict[str, str]:
    """Return what a run notes of the folder of its spec; nothing where no relative path leads there."""
    try:
        return {KEY: Path(os.path.relpath(spec_dir, run.absolute())).as_posix()}
    except ValueError:  # on another drive
        return {}


def spec_folder(run: Path) -> Path:
    """Return the folder of a run's spec; the run itself where that is not known, or no longer there."""
    try:
        noted = json.loads((run / ENVIRONMENT).read_text("utf-8")).get(KEY)
        place = (run.absolute() / noted).resolve()
        return place if place.is_dir() else run
    except (OSError, ValueError, TypeError, AttributeError):
        return run
