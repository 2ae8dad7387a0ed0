"""Files, safely: whole or not at all, inside their root, with their hash. No dependency beyond the standard
library.
"""

from archc.files.atomic import publish, replacing, sync_folder, write_bytes, write_text
from archc.files.errors import WorldError, from_os_error, printable
from archc.files.hashing import sha256_bytes, sha256_file
from archc.files.lock import locked
from archc.files.within import path_fault, resolve_root, resolve_within, stays_within

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
