"""Files to read that are files: a pipe, a device or a socket would block for ever, or never end."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from archc.files.errors import WorldError, from_os_error

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}
# Without it, opening a pipe waits for somebody to write into it.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path | str) -> BinaryIO:
    """Open the regular file at `path`, links followed, for reading bytes.

    Raises:
        WorldError: there is none, it may not be read, or it is a folder, a pipe, a device or a socket.
    """
    try:
        _require_regular(path, Path(path).stat().st_mode)  # before opening: some devices act on being opened
        file = os.fdopen(os.open(path, _FLAGS), "rb")
        try:
            _require_regular(path, os.fstat(file.fileno()).st_mode)
        except WorldError:
            file.close()
            raise
        return file
    except OSError as error:
        raise from_os_error("read", path, error) from error
    except ValueError as error:  # a name with a NUL
        raise WorldError(f"cannot read `{path}`: {error}") from error


def _require_regular(path: Path | str, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise WorldError(f"`{path}` is not a file but {kind}", "name a file, or leave it out")
