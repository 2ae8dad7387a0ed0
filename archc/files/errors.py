"""A fault of the world: a missing file, a full disk, no network. One clear line and exit status 2."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_REMEDIES = {
    errno.ENOSPC: "free some space on that disk and run again",
    errno.EDQUOT: "free some of your disk quota and run again",
    errno.EACCES: "choose a place you may use, or change its permissions",
    errno.EPERM: "choose a place you may use, or change its permissions",
    errno.EROFS: "that disk is mounted read-only: choose another place",
    errno.ENAMETOOLONG: "choose a shorter name",
}


class WorldError(Exception):
    """A fault that no change of the spec's text would mend, in one line, and its remedy where we know one.

    Names of files, tensors and servers come from strangers: whatever is not printable is escaped here, so
    that no message can hold a second line or drive the terminal.
    """

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message, help)  # both, so that a worker process can pickle it
        self.message = printable(message)
        self.help = None if help is None else printable(help)

    def __str__(self) -> str:
        return self.message if self.help is None else f"{self.message} ({self.help})"


def printable(text: str) -> str:
    """`text` with what is not printable (newlines, escapes, surrogates) written as `\\x..`, `\\u....`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def from_os_error(action: str, path: Path | str, error: OSError) -> WorldError:
    """Return the `WorldError` "cannot <action> `<path>`: <the system's words>", with its remedy if known."""
    reason = error.strerror or str(error) or type(error).__name__
    return WorldError(f"cannot {action} `{shortened(path)}`: {reason}", _REMEDIES.get(error.errno or 0))


def shortened(path: Path | str) -> str:
    """Return the path, its middle left out where it is longer than a line should be."""
    text = str(path)
    return text if len(text) <= 400 else f"{text[:190]}...{text[-190:]}"
