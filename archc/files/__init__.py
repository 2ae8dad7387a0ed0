"""Files, safely: whole or not at all, inside their root, with their hash. No dependency beyond the standard
library.

Each name is imported when it is first asked for: validation needs none but the faults.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as in archc itself
if TYPE_CHECKING:
    from typing import Any

    from archc.files.atomic import publish, replacing, sync_folder, write_bytes, write_text
    from archc.files.errors import WorldError, from_os_error, printable
    from archc.files.hashing import sha256_bytes, sha256_file
    from archc.files.lock import locked
    from archc.files.within import path_fault, resolve_root, resolve_within, stays_within

_HOMES = {
    "WorldError": "archc.files.errors",
    "from_os_error": "archc.files.errors",
    "locked": "archc.files.lock",
    "path_fault": "archc.files.within",
    "printable": "archc.files.errors",
    "publish": "archc.files.atomic",
    "replacing": "archc.files.atomic",
    "resolve_root": "archc.files.within",
    "resolve_within": "archc.files.within",
    "sha256_bytes": "archc.files.hashing",
    "sha256_file": "archc.files.hashing",
    "stays_within": "archc.files.within",
    "sync_folder": "archc.files.atomic",
    "write_bytes": "archc.files.atomic",
    "write_text": "archc.files.atomic",
}

__all__ = [
    "WorldError",
    "from_os_error",
    "locked",
    "path_fault",
    "printable",
    "publish",
    "replacing",
    "resolve_root",
    "resolve_within",
    "sha256_bytes",
    "sha256_file",
    "stays_within",
    "sync_folder",
    "write_bytes",
    "write_text",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'archc.files' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
