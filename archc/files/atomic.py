"""Files that appear whole or not at all: write beside, fsync, rename over, fsync the folder."""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archc.files.errors import WorldError, from_os_error

# What a filesystem answers that has no notion of syncing a folder; there is nothing more to be done about it.
_NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write `data` to `path`, which is left untouched where a `WorldError` names it."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path | str, text: str) -> None:
    """Write `text` to `path` as UTF-8 with the newlines as given, or leave it untouched (WorldError)."""
    write_bytes(path, text.encode("utf-8"))


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Give the block a new, empty file beside `path`, of the same suffix, that replaces it at the end.

    When the block fails in any way the file is removed and what was at `path` stays. An OSError, inside the
    block or while publishing, becomes a WorldError that names `path`. A link at `path` is replaced, not
    followed; anything else that is not a plain file (a folder, a device such as /dev/null) is refused before
    the block runs. A process killed in the middle leaves at most a hidden temporary file behind.
    """
    target = Path(path)
    temporary = _reserve(target)
    try:
        yield temporary
        publish(temporary, target)
    except OSError as error:
        raise _told(error, target, temporary) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def publish(temporary: Path, target: Path) -> None:
    """Flush the finished file `temporary` to disk and give it `target`'s name. OSErrors pass through.

    Both must be in one folder. Should the last step (syncing the folder) fail, `target` is the new file,
    whole.
    """
    descriptor = os.open(temporary, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Flush the folder's entries to disk, where the system knows how. OSErrors pass through."""
    if os.name == "nt":  # a folder cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)


def _reserve(target: Path) -> Path:
    # Created with 0666 so that the umask decides, as for any file; tempfile would give 0600. An old file's
    # mode is kept.
    if not target.name:
        raise WorldError(f"cannot write `{target}`: it is a folder", "name a file")
    temporary = target.with_name(f".{target.stem[:40]}.{secrets.token_hex(6)}{target.suffix[:20]}")
    try:
        mode = _mode_of(target)
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        if mode is not None:
            temporary.chmod(mode)
    except FileNotFoundError as error:
        help = f"create the folder `{target.parent}` first"
        raise WorldError(f"cannot write `{target}`: its folder does not exist", help) from error
    except (OSError, ValueError) as error:
        raise _told(_as_os_error(error), target, temporary) from error
    return temporary


def _mode_of(target: Path) -> int | None:
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(mode):
        return None
    if not stat.S_ISREG(mode):
        raise WorldError(f"cannot write `{target}`: it exists and is not a plain file", "choose another name")
    return stat.S_IMODE(mode)


def _as_os_error(error: OSError | ValueError) -> OSError:
    # A NUL in a path is a ValueError to Python, and a wrong name to everybody else.
    return error if isinstance(error, OSError) else OSError(errno.EINVAL, str(error))


def _told(error: OSError, target: Path, temporary: Path) -> WorldError:
    # The temporary's name means nothing to anybody; another file that failed within the block does.
    other = error.filename
    if isinstance(other, str) and Path(other) not in (target, temporary, target.parent):
        return from_os_error("use", other, error)
    return from_os_error("write", target, error)
