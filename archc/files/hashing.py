"""SHA-256 of files and bytes: no weight format notices a flipped bit by itself."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from archc.files.errors import from_os_error


def sha256_file(path: Path | str) -> str:
    """Return the file's SHA-256 in 64 hexadecimal digits. `WorldError` where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise from_os_error("read", path, error) from error


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Size in bytes and SHA-256 of a file."""

    bytes: int
    sha256: str


def fingerprint(path: Path) -> Fingerprint | None:
    """Return the size and hash of a file's bytes; None where it is not there or is no plain file.

    Raises:
        WorldError: the file cannot be read.
    """
    return Fingerprint(path.stat().st_size, sha256_file(path)) if path.is_file() else None
