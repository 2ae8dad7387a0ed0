"""How the libraries that only some commands need are installed."""

from __future__ import annotations


def install_extra(extra: str) -> str:
    """Return the command that installs an extra of archc.

    It installs from a clone: on the public index the name `archc` is another project's, so no command or
    message may send anybody there for it.
    """
    return f"pip install '.[{extra}]' in a clone of archc"
