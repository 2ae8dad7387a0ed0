"""A pretrained weight file from its URL into the cache, proven by its SHA-256 each time it is asked for."""

import contextlib
import hashlib
import os
import re
import urllib.parse
from functools import partial
from pathlib import Path

from archc.files.atomic import publish, write_text
from archc.files.errors import WorldError, from_os_error
from archc.files.hashing import sha256_file
from archc.files.lock import locked
from archc.weights.download import Opener, Progress, check_url, download, forget, open_url, shown

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}")
_HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.[A-Za-z]+$")  # torchvision's habit: resnet34-b627a593.pth


def cache_directory() -> Path:
    """Return the folder of weights, which need not exist.

    It is `weights` in $ARCHC_CACHE, else `archc/weights` in $XDG_CACHE_HOME or ~/.cache. A relative
    $XDG_CACHE_HOME is ignored, as its specification says.

    Raises:
        WorldError: none of them is set, and there is no home folder.
    """
    if own := os.environ.get("ARCHC_CACHE"):
        return Path(own).absolute() / "weights"
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not shared.is_absolute():
        shared = Path(os.path.expanduser("~/.cache"))  # noqa: PTH111 - pathlib's raises where there is no home
    if not shared.is_absolute():
        raise WorldError("there is no home folder for weights", "set ARCHC_CACHE to a folder")
    return shared / "archc" / "weights"


def fetch(
    url: str, directory: Path | None = None, *, progress: Progress | None = None, opener: Opener = open_url
) -> Path:
    """Return the path of `url`'s file below `directory` (the cache by default); download it if absent.

    Proven: the SHA-256 begins with the digits in the file's name, where there are any, and equals the one
    noted in `<name>.sha256` at the first download. A file that fails is moved aside as `<name>.bad`. A name
    without digits is kept in a folder of its own for each URL, since `model.safetensors` may be anybody's.
    Several processes may ask at once: one downloads, the others wait. `WorldError` for everything that can go
    wrong, the network included.
    """
    check_url(url)
    target = _place(url, cache_directory() if directory is None else directory)
    if target.is_file() and _fault_of_file(target) is None:
        return target
    with locked(target.with_name(f".{target.name}.lock"), waiting=partial(_watch, _part(target), progress)):
        if target.is_file():  # another process was faster, or the file is bad
            _prove(target)
        else:
            _bring(url, target, progress, opener)
    return target


def _watch(part: Path, progress: Progress | None) -> None:
    # Another process downloads: show how far it is.
    if progress is not None:
        with contextlib.suppress(OSError):
            progress(part.stat().st_size, None)


def _place(url: str, directory: Path) -> Path:
    name = urllib.parse.unquote(urllib.parse.urlsplit(url).path).rpartition("/")[2]
    if not _SAFE_NAME.fullmatch(name):
        raise WorldError(f"`{shown(url)}` does not end in the name of a weight file")
    if not _HASH_IN_NAME.search(name):
        directory = directory / hashlib.sha256(url.encode()).hexdigest()[:16]
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise from_os_error("create", directory, error) from error
    return directory / name


def _bring(url: str, target: Path, progress: Progress | None, opener: Opener) -> None:
    part = _part(target)
    offline = (
        f"connect to the network, put the file at `{target}` yourself, "
        "or start at random: --set model.body.weights=none"
    )
    resumed = download(url, part, progress=progress, opener=opener, offline=offline)
    digits = sha256_file(part)
    if resumed and _fault(digits, target):  # the pieces may be of two versions: once more, from the start
        forget(part)
        download(url, part, progress=progress, opener=opener, offline=offline)
        digits = sha256_file(part)
    if fault := _fault(digits, target):
        forget(part)
        raise WorldError(f"what `{shown(url)}` sent {fault}; it was removed", _HELP_WHEN_BAD)
    _record(digits, target)  # before the file appears: one without a note would be trusted as it is found
    try:
        publish(part, target)
    except OSError as error:
        raise from_os_error("write", target, error) from error
    forget(part)


_HELP_WHEN_BAD = (
    "run again to download it anew; if it stays so, the file behind the URL has changed: "
    "remove its .sha256 note only if you know why"
)


def _prove(target: Path) -> None:
    fault = _fault_of_file(target)
    if fault is None:
        return
    aside = target.with_name(target.name + ".bad")
    try:
        target.replace(aside)
    except OSError as error:
        raise from_os_error("move aside", target, error) from error
    raise WorldError(f"`{target}` {fault}; it was moved to `{aside.name}` beside it", _HELP_WHEN_BAD)


def _fault_of_file(target: Path) -> str | None:
    digits = sha256_file(target)
    fault = _fault(digits, target)
    if fault is None:
        with contextlib.suppress(WorldError):  # a cache that is read-only is still a cache
            _record(digits, target)
    return fault


def _fault(digits: str, target: Path) -> str | None:
    # Why bytes with this SHA-256 are not what the target's name and note promise.
    promised, noted = _HASH_IN_NAME.search(target.name), _noted(_note(target))
    if promised is not None and not digits.startswith(promised[1]):
        return f"has SHA-256 {digits[:16]}…, its name promises {promised[1]}…"
    if noted is not None and digits != noted:
        return f"has SHA-256 {digits[:16]}…, at the first download it was {noted[:16]}…"
    return None


def _part(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def _note(target: Path) -> Path:
    return target.with_name(target.name + ".sha256")


def _noted(note: Path) -> str | None:
    try:
        text = note.read_text("ascii")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise WorldError(f"cannot read `{note}`: {error}", "remove it to have it written anew") from error
    digits = text.partition(" ")[0].strip()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise WorldError(f"`{note}` does not hold a SHA-256", "remove it to have it written anew")
    return digits


def _record(digits: str, target: Path) -> None:
    if not _note(target).exists():
        write_text(_note(target), f"{digits}  {target.name}\n")  # `sha256sum --check` reads it
