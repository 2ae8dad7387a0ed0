"""The user's own cache folder."""

from __future__ import annotations

import os


def cache_folder(name: str) -> str | None:
    """The folder `name` in $ARCHC_CACHE, else in `archc` in $XDG_CACHE_HOME or ~/.cache; None without a home.

    It need not exist. A relative $XDG_CACHE_HOME is ignored, as its specification says.
    """
    if own := os.environ.get("ARCHC_CACHE"):
        return os.path.join(os.path.abspath(own), name)  # noqa: PTH100, PTH118 - see found_fine
    shared = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(shared):  # noqa: PTH117
        home = os.path.expanduser("~")  # noqa: PTH111
        if not os.path.isabs(home):  # noqa: PTH117
            return None
        shared = os.path.join(home, ".cache")  # noqa: PTH118
    return os.path.join(shared, "archc", name)  # noqa: PTH118
