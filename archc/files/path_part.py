"""A stranger's words as one part of a path: the name of a file or folder of our own.

Whatever takes its name from a spec, a model or a record goes through here. The part holds letters, digits,
`_`, `-` and single `.`, so it leads nowhere; it begins and ends with none of the last two, is no device of
Windows, and is short enough for every file system with a suffix and a temporary file's marks added.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from archc.files.within import is_device

_MOST_BYTES = 150
_OTHERS = re.compile(r"(?:[^\w.-]|\.{2,})+")


def path_part(text: str, otherwise: str) -> str:
    """Return `text` as one part of a path; `otherwise` where nothing of it can stay.

    What is cut ends in a hash of the whole, so that two long names stay two.
    """
    composed = unicodedata.normalize("NFC", text.encode(errors="replace").decode())
    part = _OTHERS.sub("_", composed).strip(".-") or otherwise
    if len(part.encode()) > _MOST_BYTES:
        kept = part.encode()[: _MOST_BYTES - 9].decode(errors="ignore").rstrip(".-")
        part = f"{kept}-{hashlib.sha256(composed.encode()).hexdigest()[:8]}"
    return f"_{part}" if is_device(part) else part


def path_parts(texts: Iterable[str], otherwise: str) -> dict[str, str]:
    """Return a part for each text, each another one, also where case is not told apart."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for text in texts:
        part, number = path_part(text, otherwise), 2
        wanted = part
        while part.casefold() in taken:
            part, number = f"{wanted}_{number}", number + 1
        taken.add(part.casefold())
        found[text] = part
    return found
