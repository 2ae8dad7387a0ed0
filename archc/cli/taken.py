"""Reports on standard error of what was loaded from files of weights."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archc.weights.select import Taken


def tell(taken: Taken) -> None:
    """Write what loaded of a file, what did not, and why."""
    from archc.weights.report import lines

    sys.stderr.writelines(f"{line}\n" for line in lines(taken))
