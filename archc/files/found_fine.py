"""Specs that this very archc has found fine, remembered by the hash of their text.

What is kept of a spec is an empty file in the user's own cache, whose name is the hash of all that a verdict
follows from: the text, archc's own files, the Python, and the packages installed beside it. There is nothing
in it to be torn or to be trusted, a spec's repository cannot bring one along, and where anything is amiss
nothing is known and the spec is checked again. Only `fine` without a warning is kept.

Its imports are few, since it answers before anything else is imported.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Sequence

from archc.files.cache import cache_folder

MOST = 1_000
"""Verdicts that are kept; beyond it the older half goes."""
_LARGEST = 1 << 20  # bytes; larger than any spec may be
_BOM = b"\xef\xbb\xbf"
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
_JUDGES = ("files", "spec", "source", "ops", "bodies", "plan")


def fine_before(paths: Sequence[str]) -> bool:
    """Whether each of these files was found fine and still holds that text; False for anything unusual."""
    folder = _folder()
    if not paths or folder is None or not all(map(_usual, paths)) or len(set(paths)) != len(paths):
        return False
    try:
        if not _ours(folder):
            return False
        judge = _judge()
        return all(_kept(folder, path, judge) for path in paths)
    except OSError:
        return False


def remember(text: str, format: str) -> None:
    """Keeps that a text is fine, where that can be kept."""
    folder = _folder()
    if folder is None:
        return
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103
        if _ours(folder):
            _make_room(folder)
            place = _place(folder, text.encode(), format, _judge())
            os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError:
        return


def _folder() -> str | None:
    return None if os.environ.get("ARCHC_NO_CACHE") else cache_folder("verdicts")


def _usual(path: str) -> bool:
    """Whether a path is shown as it is written, and is no flag."""
    return path.isascii() and path.isprintable() and not path.startswith(("-", "./", ":", "#"))


def _ours(folder: str) -> bool:
    """Whether nobody else could have written there; taken for granted where the system is not POSIX."""
    found = os.stat(folder)  # noqa: PTH116
    return os.name != "posix" or (found.st_uid == os.getuid() and not found.st_mode & 0o022)


def _kept(folder: str, path: str, judge: bytes) -> bool:
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - a pipe can be read but once
        return False
    with open(path, "rb") as file:  # noqa: PTH123
        raw = file.read(_LARGEST).removeprefix(_BOM)
    format = "json" if path.lower().endswith(".json") else "toml"
    return os.path.exists(_place(folder, raw, format, judge))  # noqa: PTH110


def _place(folder: str, raw: bytes, format: str, judge: bytes) -> str:
    name = hashlib.sha256(b"\0".join((judge, format.encode(), raw))).hexdigest()
    return os.path.join(folder, name)  # noqa: PTH118


def _judge() -> bytes:
    """The hash of what judges: archc's files by their sizes and times, the rest by names and versions."""
    found = [sys.version, sys.executable]
    for folder in _JUDGES:
        found += _stamps(os.path.join(_PACKAGE, folder))  # noqa: PTH118
    for place in sys.path:
        if place.endswith("-packages") and os.path.isdir(place):  # noqa: PTH112
            found += sorted(n for n in os.listdir(place) if n.endswith(("-info", ".pth")))  # noqa: PTH208
    return hashlib.sha256("\n".join(found).encode("utf-8", "surrogateescape")).digest()


def _stamps(folder: str) -> list[str]:
    found = []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda each: each.name):
            if not entry.is_dir():
                about = entry.stat()
                found.append(f"{entry.path} {about.st_size} {about.st_mtime_ns}")
            elif entry.name != "__pycache__":
                found += _stamps(entry.path)
    return found


def _make_room(folder: str) -> None:
    with os.scandir(folder) as entries:
        kept = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
    if len(kept) >= MOST:
        for _, path in kept[: MOST // 2]:
            os.unlink(path)  # noqa: PTH108
