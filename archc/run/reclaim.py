"""A folder in the way of a run: set aside where it is a run that ended before its first epoch was measured.

A run holds a lock on its steps for as long as its process lives, so that one that is still training is told
from one that was killed.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import BinaryIO

from archc.files.errors import WorldError, from_os_error
from archc.files.lock import try_lock
from archc.run.layout import LAST_WEIGHTS, MANIFEST, PLAN, STEPS, UNMEASURED


def hold(steps: Path) -> BinaryIO | None:
    """Create the file and return it open and locked; None where the system has no such lock."""
    if os.name == "nt":  # there an open file would keep its folder from being renamed
        return None
    file = steps.open("ab")
    if try_lock(file.fileno()):
        return file
    file.close()
    return None


def require_place(folder: Path) -> None:
    """Raise `WorldError` where a run's folder would be the working directory, or hold it."""
    if Path.cwd().is_relative_to(folder.resolve()):
        raise WorldError(
            f"`{folder}` cannot be a run's folder: it is the working directory, or holds it",
            "name a new folder, such as --run runs/first",
        )


def set_aside(folder: Path) -> str | None:
    """Free the place of a run without a measured epoch, and return what was done; None where it is not one.

    One without weights is removed; one with its last step's gets another name.

    Raises:
        WorldError: the folder cannot be renamed.
    """
    if os.name == "nt" or not _unmeasured(folder):
        return None
    try:
        descriptor = os.open(folder / STEPS, os.O_RDWR)
    except OSError:
        return None
    try:
        return _moved(folder) if try_lock(descriptor) else None
    except OSError as error:
        raise from_os_error("rename", folder, error) from error
    finally:
        os.close(descriptor)


def _unmeasured(folder: Path) -> bool:
    try:
        names = {entry.name for entry in folder.iterdir() if not entry.name.startswith(".")}
    except OSError:
        return False
    return names <= UNMEASURED and {PLAN, STEPS, MANIFEST} <= names and not folder.is_symlink()


def _moved(folder: Path) -> str:
    if not (folder / LAST_WEIGHTS).exists():
        gone = folder.with_name(f".{folder.name}.{secrets.token_hex(6)}")
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        return f"`{folder}` held a run that ended before it had weights: it is replaced"
    number = 1
    while (other := folder.with_name(f"{folder.name}-unfinished-{number}")).exists():
        number += 1
    folder.rename(other)
    return f"`{folder}` held a run that ended before its first epoch was measured: it is now `{other}`"
