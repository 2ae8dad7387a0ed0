"""Files of a run that grow, such as its metrics: a record a line, as JSON."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from archc.files.errors import from_os_error
from archc.files.json_text import as_json

_TAIL = 1 << 16
"""Bytes at the end of a file of lines that hold its last whole one."""


@contextmanager
def lines(path: Path) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Return a function that appends a record as a line of JSON, at once visible to readers of the file.

    Raises:
        WorldError: the file cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o666)
    except OSError as error:
        raise from_os_error("write", path, error) from error

    def write(record: Mapping[str, Any]) -> None:
        try:
            os.write(descriptor, (as_json(record) + "\n").encode())
        except OSError as error:
            raise from_os_error("write", path, error) from error

    try:
        yield write
    finally:
        os.close(descriptor)


def tail(path: Path) -> list[bytes]:
    """Return the last lines of a file, the very last maybe cut off; none where it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(max(os.fstat(file.fileno()).st_size - _TAIL, 0))
            return file.read(_TAIL).splitlines()
    except OSError:
        return []
