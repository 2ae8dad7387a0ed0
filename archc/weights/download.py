"""One URL into one `.part` file over HTTP, going on where an earlier try ended."""

import http.client
import json
import re
import shutil
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from email.message import Message
from pathlib import Path
from types import TracebackType
from typing import Protocol

from archc.files.atomic import write_text
from archc.files.errors import WorldError, from_os_error

Progress = Callable[[int, int | None], None]  # bytes here so far (of earlier tries too), in all where known

TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 4
PAUSE = 0.5  # seconds before the second attempt; doubled for each one after
_PIECE = 1 << 20
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Response(Protocol):
    """The part of `http.client.HTTPResponse` that is used."""

    status: int
    headers: Message

    def read(self, amount: int, /) -> bytes: ...
    def __enter__(self) -> object: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> object: ...


Opener = Callable[[urllib.request.Request, float], Response]


class _BrokenOffError(Exception):
    """The answer ended early or the server is busy: worth another attempt."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a partial file. `mark` is its version on the server (ETag, date), needed to resume."""

    url: str
    mark: str | None


def shown(url: str) -> str:
    """Return the URL without user, password and query, which may be secrets, for messages."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{_port(parts)}' if _port(parts) else ''}{parts.path}"


def _port(parts: urllib.parse.SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        return None


def check_url(url: str) -> None:
    """Raise `WorldError` unless the URL is https (or http on this very machine, for tests and mirrors)."""
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError as error:
        raise WorldError(f"`{url}` is not a URL: {error}") from error
    if parts.scheme == "https" and parts.hostname:
        return
    if not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise WorldError(f"will not fetch `{shown(url)}`: weights come over https only")


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    # A redirect must not lead from https to http, nor from the net to this machine.
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: object,
        code: int,
        msg: str,
        headers: object,
        newurl: str,
    ) -> urllib.request.Request | None:
        check_url(newurl)
        if newurl.startswith("http:") and not req.full_url.startswith("http:"):
            raise WorldError(f"`{shown(req.full_url)}` redirects to `{shown(newurl)}`, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def open_url(request: urllib.request.Request, timeout: float) -> Response:
    """Return the answer to `request`, through the environment's proxy, except to this very machine."""
    local = urllib.parse.urlsplit(request.full_url).hostname in _LOOPBACK
    proxies = urllib.request.ProxyHandler({} if local else None)
    opener = urllib.request.build_opener(proxies, _SafeRedirects)
    response: Response = opener.open(request, timeout=timeout)
    return response


def download(url: str, part: Path, *, progress: Progress | None, opener: Opener, offline: str) -> bool:
    """Download into `part` all that the server announces of `url`; return whether it went on from a part.

    A server without ranges, or with another version of the file by now, starts the part anew. An answer that
    breaks off is taken up again, `ATTEMPTS` times in all; what arrived is kept for the next call. `offline`
    is the remedy to tell where the server cannot be reached.
    """
    resumed = False
    for attempt in range(ATTEMPTS):
        try:
            return _attempt(url, part, progress, opener, offline) or resumed
        except _BrokenOffError as error:
            if attempt + 1 == ATTEMPTS:
                raise _gave_up(url, part, error) from error
            resumed = True
            time.sleep(PAUSE * 2**attempt)
    raise AssertionError("unreachable")


def forget(part: Path) -> None:
    """Remove the part and the note of its origin."""
    try:
        part.unlink(missing_ok=True)
        _note(part).unlink(missing_ok=True)
    except OSError as error:
        raise from_os_error("remove", part, error) from error


def _gave_up(url: str, part: Path, error: Exception) -> WorldError:
    kept = _size(part)
    help = "run again to go on from there" if kept else "run again later"
    return WorldError(f"`{shown(url)}` broke off after {kept} bytes, {ATTEMPTS} times: {error}", help)


def _attempt(url: str, part: Path, progress: Progress | None, opener: Opener, offline: str) -> bool:
    origin = _origin(part)
    mark = origin.mark if origin is not None and origin.url == url else None
    start = _size(part) if mark else 0
    request = urllib.request.Request(url, headers=_headers(start, mark))
    try:
        response = _open(request, opener, offline)
    except urllib.error.HTTPError as error:
        return _after_refusal(error, url, part, start)
    with response:
        if response.status == 206 and start:
            _check_start(response, part, start)
        else:
            start = 0
            _begin(part, Origin(url, _mark(response.headers)))
        _receive(response, part, start, _total(response, start), progress)
    return start > 0


def _headers(start: int, mark: str | None) -> dict[str, str]:
    headers = {"User-Agent": "archc", "Accept-Encoding": "identity"}
    if start and mark:
        headers |= {"Range": f"bytes={start}-", "If-Range": mark}
    return headers


def _open(request: urllib.request.Request, opener: Opener, offline: str) -> Response:
    try:
        return opener(request, TIMEOUT)
    except urllib.error.HTTPError:
        raise
    except urllib.error.URLError as error:
        if isinstance(error.reason, (TimeoutError, ConnectionResetError)):
            raise _BrokenOffError(str(error.reason)) from error
        raise _unreachable(request.full_url, error.reason, offline) from error
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenOffError(str(error) or type(error).__name__) from error


def _unreachable(url: str, reason: object, offline: str) -> WorldError:
    host = urllib.parse.urlsplit(url).hostname
    why = "its name is not known here (no network?)" if isinstance(reason, socket.gaierror) else str(reason)
    return WorldError(f"cannot reach `{host}` to fetch `{shown(url)}`: {why}", offline)


def _after_refusal(error: urllib.error.HTTPError, url: str, part: Path, start: int) -> bool:
    with error:
        if error.code == 416 and start:
            if re.fullmatch(rf"bytes \*/{start}", error.headers.get("Content-Range", "").strip()):
                return True  # the part was whole already
            forget(part)
            raise _BrokenOffError("the earlier part does not fit") from error
        if error.code in (408, 429) or error.code >= 500:
            raise _BrokenOffError(f"the server answers {error.code} {error.reason}") from error
        help = "the file is not there: check the name of the weights" if error.code in (404, 410) else None
        raise WorldError(f"`{shown(url)}`: the server answers {error.code} {error.reason}", help) from error


def _check_start(response: Response, part: Path, start: int) -> None:
    said = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if said is None or int(said[1]) != start:
        forget(part)
        raise _BrokenOffError("the server sent another range than asked for")


def _total(response: Response, start: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isascii() and length.isdigit() else None


def _mark(headers: Message) -> str | None:
    # A weak ETag may not guard a range; the date is the next best.
    etag = headers.get("ETag")
    return etag if etag and not etag.startswith("W/") else headers.get("Last-Modified")


def _begin(part: Path, origin: Origin) -> None:
    # Emptied before the note changes: a process killed between the two must not mix two files.
    try:
        part.write_bytes(b"")
    except OSError as error:
        raise from_os_error("write", part, error) from error
    write_text(_note(part), json.dumps(asdict(origin)))


def _receive(response: Response, part: Path, done: int, total: int | None, progress: Progress | None) -> None:
    try:
        _check_space(part, done, total)
        with part.open("ab") as file:
            while piece := _piece(response):
                file.write(piece)
                done += len(piece)
                if progress is not None:
                    progress(done, total)
    except OSError as error:
        raise from_os_error("write", part, error) from error
    if total is not None and done != total:
        raise _BrokenOffError(f"{done} of {total} bytes came")


def _piece(response: Response) -> bytes:
    try:
        return response.read(_PIECE)
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenOffError(str(error) or type(error).__name__) from error


def _check_space(part: Path, done: int, total: int | None) -> None:
    missing, free = (total or 0) - done, shutil.disk_usage(part.parent).free
    if missing > free:
        raise WorldError(
            f"cannot write `{part}`: {missing} bytes are still to come and the disk has {free} left",
            "free some space, or set ARCHC_CACHE to a folder on a larger disk",
        )


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _origin(part: Path) -> Origin | None:
    try:
        note = json.loads(_note(part).read_text("utf-8"))
        return Origin(str(note["url"]), None if note["mark"] is None else str(note["mark"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _size(part: Path) -> int:
    try:
        return part.stat().st_size
    except OSError:
        return 0
