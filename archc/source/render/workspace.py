"""Paths as a CI service wants them: relative to the checkout, with `/` between folders."""

from __future__ import annotations

import os

STDIN = "<stdin>"
NO_FILES = (STDIN, "command line", "overrides")
"""Names of texts that are no files: standard input, and the flags of `archc.source.document.overrides`."""


def root() -> str:
    """Return the checkout's folder: the service's workspace, else the current folder."""
    return os.path.realpath(os.environ.get("GITHUB_WORKSPACE") or ".")


def relative(name: str, root: str) -> str | None:
    """Return the path of a file from the root; None for a file outside of it and for what is no file.

    A file that is a link keeps its own name: that is the one in the checkout.
    """
    if name in NO_FILES or not name:
        return None
    folder, base = os.path.split(os.path.abspath(name))
    real = os.path.join(os.path.realpath(folder), base)
    if not real.startswith(os.path.join(root, "")):
        return None
    return real[len(os.path.join(root, "")) :].replace(os.sep, "/")
