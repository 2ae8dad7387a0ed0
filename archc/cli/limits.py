"""The options that bound how long and in how much memory an exported model may run."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archc.runtime.limits import Limits


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Add `--max-seconds` and `--max-memory`."""
    parser.add_argument(
        "--max-seconds",
        metavar="N",
        type=_positive,
        help="seconds that opening the model and each batch may take; default: 15, more for large images",
    )
    parser.add_argument(
        "--max-memory",
        metavar="GB",
        type=_positive,
        help="memory that the model may take; default: 2.1 and more for large models and images",
    )


def limits_of(arguments: argparse.Namespace) -> Limits:
    """Return what the options say."""
    from archc.runtime.limits import Limits

    memory = arguments.max_memory
    return Limits(arguments.max_seconds, None if memory is None else max(1, int(memory * 1e9)))


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < 1e9 or math.isnan(number):
        raise argparse.ArgumentTypeError("must be a number above 0")
    return number
