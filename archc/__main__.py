"""`python -m archc`, and what the command `archc` runs."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

MOST_UNCOLLECTED = 50_000
"""Objects that `archc validate` makes before Python looks for garbage: almost all that it makes lives as long
as it does, and looking more often takes a tenth of its time."""


def main() -> int:
    """The exit status; it is known at once of specs that were found fine before and have not changed."""
    _open_streams()
    paths = sys.argv[2:] if sys.argv[1:2] == ["validate"] else []
    if paths:
        from archc.files.found_fine import fine_before

        if fine_before(paths):
            told = "".join(f"{path}: fine\n" for path in paths)
            with suppress(OSError):  # the command meets the same fault, and has words for it
                sys.stdout.write(f"{told}{len(paths)} spec{'s' * (len(paths) > 1)}: {len(paths)} fine\n")
                sys.stdout.flush()
                return 0
        gc.set_threshold(MOST_UNCOLLECTED)
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
    """Nothing; what is written to a stream that came closed goes nowhere."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


if __name__ == "__main__":
    sys.exit(main())
