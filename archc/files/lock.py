"""One process at a time: an advisory lock that the system drops when its holder dies, however it dies."""

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from archc.files.errors import WorldError, from_os_error

_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)


@contextmanager
def locked(path: Path, *, waiting: Callable[[], None] | None) -> Iterator[None]:
    """Hold the lock file `path` alone while the block runs; the file is created and left there.

    If another process holds it: without `waiting` a `WorldError` at once; with it, wait for the other,
    calling `waiting` five times a second. `WorldError` too where the file cannot be made or the disk has no
    locks.
    """
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o666)
    except OSError as error:
        raise from_os_error("lock", path, error) from error
    try:
        while not _take(descriptor, path):
            if waiting is None:
                raise WorldError(f"another process holds `{path}`", "wait for it to end")
            waiting()
            time.sleep(0.2)
        yield
    finally:
        os.close(descriptor)  # which drops the lock


def try_lock(descriptor: int) -> bool:
    """Return whether this process now holds the lock on an open file.

    False too where the disk has no locks.
    """
    try:
        _lock_now(descriptor)
    except OSError:
        return False
    return True


def _take(descriptor: int, path: Path) -> bool:
    try:
        _lock_now(descriptor)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise from_os_error("lock", path, error) from error
    return True


if sys.platform == "win32":
    import msvcrt

    def _lock_now(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock_now(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
