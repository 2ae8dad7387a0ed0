"""Paths written in a spec: where they lead, and that they stay where the spec's root says.

A spec may come from a stranger, so nothing in it is expanded (`~`, `$HOME`, `*` stay letters), and a path
below a root is refused if it could lead out of it. The check is made once, on the names as they are; it does
not defend against another process of yours exchanging folders in the meantime.
"""

import os
import re
import stat
from pathlib import Path, PurePosixPath

from archc.files.errors import WorldError, from_os_error

_DRIVE = re.compile(r"[A-Za-z]:(/|$)")
# Windows gives these names to devices in every folder, with any suffix. Refused on every system, so that a
# spec means the same on all.
_DEVICES = {
    *("con", "prn", "aux", "nul", "conin$", "conout$"),
    *(f"{port}{n}" for port in ("com", "lpt") for n in (*range(10), *"¹²³")),
}


_NOBODYS = frozenset(
    ("__MACOSX", "Thumbs.db", "ehthumbs.db", "desktop.ini", "@eaDir", "$RECYCLE.BIN", "lost+found")
)
"""The files that systems leave in folders: thumbnails, forks of files, settings."""


def is_hidden(name: str) -> bool:
    """Return whether a file or folder of that name is none of its owner's data."""
    return name.startswith(".") or name in _NOBODYS


def path_fault(relative: str) -> str | None:
    """Return what is wrong with this text as a path below a root, or None, without a look at the disk.

    Refused: the empty path, control characters, a backslash or drive letter (a spec's paths are written with
    `/`), `..` that climbs above the root at any point, and the device names of Windows (`nul`, `con.txt`).
    """
    if not relative:
        return "is empty"
    if any(ord(c) < 32 or ord(c) == 127 for c in relative):
        return "contains a control character"
    if "\\" in relative:
        return "contains a backslash; write `/` between folders"
    if _DRIVE.match(relative):
        return "names a drive"
    return _fault_of_parts(PurePosixPath(relative))


def _fault_of_parts(path: PurePosixPath) -> str | None:
    depth = 0
    for part in path.parts:
        depth += -1 if part == ".." else 0 if part == "/" else 1
        if depth < 0:
            return "leaves its root with `..`"
        if is_device(part):
            return f"contains `{part}`, the name of a device on Windows"
    return None


def is_device(part: str) -> bool:
    """Return whether Windows takes a file's name for a device, whatever its suffix."""
    return part.partition(".")[0].rstrip(" ").lower() in _DEVICES


def resolve_within(root: Path, relative: str) -> Path:
    """Return the real, absolute path of `relative` below `root`; it need not exist.

    `WorldError` if it is outside or unsafe.

    Besides `path_fault`'s refusals: a link on the way that leads out of `root` (`root` itself may be a link),
    an absolute path elsewhere (one that leads into `root` is accepted), and what exists there but is neither
    a plain file nor a folder (a device, a pipe: reading it could hang).
    """
    fault = path_fault(relative)
    if fault is not None:
        raise WorldError(f"path `{relative}` {fault}")
    return stays_within(root, root / relative)


def stays_within(root: Path, path: Path) -> Path:
    """Return the real, absolute path of `path`, say one found by a pattern below `root`.

    `WorldError` as above.
    """
    try:
        real_root, real = Path(os.path.realpath(root)), Path(os.path.realpath(path))
        if not real.is_relative_to(real_root):
            raise WorldError(
                f"path `{path}` leads outside of `{root}`, to `{real}`",
                "move the files below that folder, or name the other folder as the root",
            )
        _refuse_devices(real)
    except (OSError, ValueError) as error:
        known = error if isinstance(error, OSError) else OSError(str(error))
        raise from_os_error("use", path, known) from error
    return real


def _refuse_devices(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        kind = "a link that leads in a circle" if stat.S_ISLNK(mode) else "a device, a pipe or a socket"
        raise WorldError(f"`{path}` is neither a file nor a folder but {kind}")


def resolve_root(root: str, spec_dir: Path) -> Path:
    """Return the absolute path of the data folder which a spec calls `root`.

    `WorldError` with every place tried if there is none.

    A relative root is looked for beside the spec file first, then below the working directory. It may be
    absolute or climb with `..`: the root is the one place where a spec says where its data is.
    """
    if not root or "\0" in root:
        raise WorldError(f"`{root}` is not the name of a folder")
    places = [(spec_dir / root).absolute(), Path(root).absolute()]
    for place in places:
        if _is_folder(place):
            return place
    tried = " and ".join(dict.fromkeys(f"`{place}`" for place in places))
    raise WorldError(f"no data folder `{root}`: tried {tried}", _help_for_root(root, places))


def _is_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except OSError as error:
        raise from_os_error("use", place, error) from error


def _help_for_root(root: str, places: list[Path]) -> str:
    if root.startswith(("~", "$")):
        return "a spec expands neither `~` nor variables: write the path out"
    files = [place for place in places if place.exists()]
    if files:
        return f"`{files[0]}` is a file; a root is a folder"
    return "put the data there, run from the folder that holds it, or name it: --set data.root=FOLDER"
