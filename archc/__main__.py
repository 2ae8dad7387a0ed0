"""`python -m archc`, and what the command `archc` runs."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command and return the exit status."""
    _open_streams()
    if sys.argv[1:2] in (["train"], ["demo"]):
        from archc.files.signals import ignore, listen

        listen()  # before torch is imported, which takes seconds
        status = _command()
        ignore()
        return status
    return _command()


def _command() -> int:
    from archc.cli import main as command

    return command()


def _open_streams() -> None:
    """Open the null device where a standard stream came closed, so that writing does not fail."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


if __name__ == "__main__":
    sys.exit(main())
