"""Several faults of files as one."""

from __future__ import annotations

from collections.abc import Sequence

from archc.files.errors import WorldError

NAMED = 5
"""Files that one message names."""


def together(faults: Sequence[WorldError], total: int, what: str, help: str) -> WorldError:
    """Return one fault for several: the only one as it is, else their number, the first few and `help`."""
    if len(faults) == 1:
        return WorldError(faults[0].message, faults[0].help)
    named = "; ".join(fault.message for fault in faults[:NAMED])
    more = f"; and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
    return WorldError(
        f"{len(faults)} of {total} {what}: {named}{more}",
        help,
    )
