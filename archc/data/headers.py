"""Looking at every image's header before the first step: a damaged file must not end an epoch of hours.

What decoding alone tells, a body that is cut short, is told when the image is wanted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TypeVar

from archc.data.examples import Examples
from archc.data.faults import together
from archc.data.kinds.pairs import Drawn
from archc.data.workers import cores
from archc.files.errors import WorldError
from archc.images.pixels import PixelFormat
from archc.images.reading import require_image

QUIET = 3.0
"""Seconds after which it is told how far the look has come."""

_AHEAD = 4_096
T = TypeVar("T")


def require_readable(examples: Iterable[Examples], *, say: Callable[[str], None] | None = None) -> None:
    """Return where the header of every image holds what the model takes.

    Args:
        say: is told, now and then, how many images have been looked at.

    Raises:
        WorldError: some do not; their number and the first few are named, each with its fault.
    """
    wanted = [file for each in examples for file in files_of(each)]
    once = list(dict.fromkeys(wanted))
    faults = [fault for fault in _told(_looked_at(once), len(once), say) if fault is not None]
    if faults:
        help = "mend them, or take them out: `archc data` lists all"
        raise together(faults, len(once), "images cannot be used", help)


def files_of(examples: Examples) -> Iterator[tuple[Path, PixelFormat]]:
    """Yield the image files that examples are loaded from, with what they are read as."""
    of = examples.of if isinstance(examples, Drawn) else examples
    for index in range(len(of)):
        found = of.files(index)
        if found.pixels is not None:
            yield from ((path, found.pixels) for path in found.images)


def _looked_at(files: Sequence[tuple[Path, PixelFormat]]) -> Iterator[WorldError | None]:
    # Threads: most of the time goes into opening files. Some at a time, since `map` takes all at once.
    rest = iter(files)
    with ThreadPoolExecutor(2 * cores()) as threads:
        while some := list(islice(rest, _AHEAD)):
            yield from threads.map(_fault, some)


def _fault(file: tuple[Path, PixelFormat]) -> WorldError | None:
    try:
        require_image(*file)
    except WorldError as error:
        return error
    return None


def _told(items: Iterable[T], total: int, say: Callable[[str], None] | None) -> Iterator[T]:
    """Yield the same items; say how many of them have come, every few seconds."""
    last = time.perf_counter()
    for done, item in enumerate(items, 1):
        yield item
        if say is not None and time.perf_counter() - last > QUIET:
            say(f"{done:,} of {total:,} images looked at")
            last = time.perf_counter()


def to_terminal(line: str) -> None:
    """Write how far the look has come to standard error."""
    sys.stderr.write(f"{line}\n")
