"""Weights come whole, resumed, proven and once, from servers good and bad (all on this machine)."""

import errno
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from archc.files.errors import WorldError
from archc.weights import download
from archc.weights.fetch import cache_directory, fetch

DATA = bytes(range(256)) * 20_000  # 5 MB: several pieces
DIGITS = hashlib.sha256(DATA).hexdigest()
NAME = f"net-{DIGITS[:8]}.pth"


@dataclass
class Behavior:
    """What the server does; tests change it, and read what it was asked."""

    data: bytes = DATA
    etag: str | None = '"one"'
    ranges: bool = True
    lengths: bool = True
    cut: list[int] = field(default_factory=list)  # bytes after which the next answers break off
    statuses: list[int] = field(default_factory=list)  # what the next answers are
    shift: int = 0  # sends another range than asked for
    redirect: str | None = None
    asked: list[str | None] = field(default_factory=list)  # the Range of every request


class Handler(BaseHTTPRequestHandler):
    behavior: Behavior

    def do_GET(self) -> None:
        told = self.behavior
        told.asked.append(self.headers.get("Range"))
        if told.statuses and (status := told.statuses.pop(0)) != 200:
            return self.send_error(status)
        if told.redirect:
            self.send_response(302)
            self.send_header("Location", told.redirect)
            return self.end_headers()
        return self.answer(self.start())

    def start(self) -> int:
        told, asked = self.behavior, re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        fresh = self.headers.get("If-Range") == told.etag
        return int(asked[1]) + told.shift if asked and told.ranges and fresh else 0

    def answer(self, start: int) -> None:
        told = self.behavior
        if start and start >= len(told.data):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(told.data)}")
            return self.end_headers()
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(told.data) - 1}/{len(told.data)}")
        if told.lengths:
            self.send_header("Content-Length", str(len(told.data) - start))
        if told.etag:
            self.send_header("ETag", told.etag)
        self.end_headers()
        end = start + told.cut.pop(0) if told.cut else len(told.data)
        self.wfile.write(told.data[start:end])
        return None

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Behavior:
    monkeypatch.setattr(download, "PAUSE", 0.001)
    return Behavior()


@pytest.fixture
def server(told: Behavior) -> Iterator[str]:
    handler = type("Told", (Handler,), {"behavior": told})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture
def url(server: str) -> str:
    return f"{server}/models/{NAME}"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def offline(request: urllib.request.Request, timeout: float) -> Any:
    raise AssertionError(f"asked the network for {request.full_url}")


def test_download_then_cache(tmp_path: Path, url: str, told: Behavior) -> None:
    seen: list[tuple[int, int | None]] = []
    path = fetch(url, tmp_path / "new" / "folder", progress=lambda done, total: seen.append((done, total)))
    assert path == tmp_path / "new" / "folder" / NAME
    assert path.read_bytes() == DATA
    assert names(path.parent) == [NAME, f"{NAME}.sha256"]
    assert (path.parent / f"{NAME}.sha256").read_text() == f"{DIGITS}  {NAME}\n"
    assert seen[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert fetch(url, path.parent, opener=offline) == path
    assert told.asked == [None]


def test_resumes_within_a_call(tmp_path: Path, url: str, told: Behavior) -> None:
    told.cut = [1_500_000, 2_000_000]
    assert fetch(url, tmp_path).read_bytes() == DATA
    assert told.asked == [None, "bytes=1500000-", "bytes=3500000-"]


def test_resumes_in_a_later_call(tmp_path: Path, url: str, told: Behavior) -> None:
    told.cut = [1_000_000] * download.ATTEMPTS
    with pytest.raises(
        WorldError, match="broke off after 4000000 bytes, 4 times: 4000000 of 5120000"
    ) as caught:
        fetch(url, tmp_path)
    assert "go on from there" in (caught.value.help or "")
    assert not (tmp_path / NAME).exists()
    seen: list[int] = []
    assert fetch(url, tmp_path, progress=lambda done, total: seen.append(done)).read_bytes() == DATA
    assert told.asked[-1] == "bytes=4000000-"
    assert seen[0] > 4_000_000
    assert names(tmp_path) == [NAME, f"{NAME}.sha256"]


def test_a_server_that_ignores_ranges(tmp_path: Path, url: str, told: Behavior) -> None:
    told.ranges, told.cut = False, [1_000_000]
    assert fetch(url, tmp_path).read_bytes() == DATA
    assert told.asked == [None, "bytes=1000000-"]


def test_a_server_without_any_mark_is_never_resumed(tmp_path: Path, url: str, told: Behavior) -> None:
    told.etag, told.cut = None, [1_000_000]
    assert fetch(url, tmp_path).read_bytes() == DATA
    assert told.asked == [None, None]


def test_a_weak_mark_does_not_guard_a_range(tmp_path: Path, url: str, told: Behavior) -> None:
    told.etag, told.cut = 'W/"one"', [1_000_000]
    assert fetch(url, tmp_path).read_bytes() == DATA
    assert told.asked == [None, None]


def test_a_file_that_changed_meanwhile_starts_anew(tmp_path: Path, url: str, told: Behavior) -> None:
    told.data, told.etag, told.cut = b"old" * 1_000_000, '"old"', [1000] * download.ATTEMPTS
    with pytest.raises(WorldError):
        fetch(url, tmp_path)
    told.data, told.etag = DATA, '"new"'
    assert fetch(url, tmp_path).read_bytes() == DATA


def test_pieces_of_two_versions_are_noticed_and_fetched_anew(
    tmp_path: Path, url: str, told: Behavior
) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(b"stale" * 1000)
    (tmp_path / f"{NAME}.part.json").write_text(f'{{"url": "{url}", "mark": "\\"one\\""}}')
    assert fetch(url, tmp_path).read_bytes() == DATA
    assert told.asked == ["bytes=5000-", None]


@pytest.mark.parametrize("extra", [0, 7])
def test_a_part_that_is_whole_or_too_long(tmp_path: Path, url: str, told: Behavior, extra: int) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(DATA + bytes(extra))
    (tmp_path / f"{NAME}.part.json").write_text(f'{{"url": "{url}", "mark": "\\"one\\""}}')
    assert fetch(url, tmp_path).read_bytes() == DATA
    assert told.asked[0] == f"bytes={len(DATA) + extra}-"


@pytest.mark.parametrize("note", ["", "{", "[]", '{"url": "http://127.0.0.1/other", "mark": "x"}'])
def test_a_part_of_unknown_origin_is_not_used(tmp_path: Path, url: str, told: Behavior, note: str) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(b"stale")
    (tmp_path / f"{NAME}.part.json").write_text(note)
    assert fetch(url, tmp_path).read_bytes() == DATA
    assert told.asked == [None]


def test_a_wrong_range_is_not_appended(tmp_path: Path, url: str, told: Behavior) -> None:
    told.cut, told.shift = [1_000_000], 5
    assert fetch(url, tmp_path).read_bytes() == DATA
    assert told.asked == [None, "bytes=1000000-", None]


def test_without_lengths_the_hash_finds_the_truncation(tmp_path: Path, url: str, told: Behavior) -> None:
    told.lengths = False
    seen: list[int | None] = []
    assert fetch(url, tmp_path / "a", progress=lambda done, total: seen.append(total)).read_bytes() == DATA
    assert set(seen) == {None}
    told.cut = [1_000_000]
    with pytest.raises(WorldError, match="its name promises"):
        fetch(url, tmp_path / "b")


def test_another_file_than_promised_is_removed_and_told(tmp_path: Path, url: str, told: Behavior) -> None:
    told.data = b"something else"
    with pytest.raises(WorldError, match=f"its name promises {DIGITS[:8]}.*removed"):
        fetch(url, tmp_path)
    assert names(tmp_path) == []


def test_a_flipped_bit_in_the_cache_is_found_and_moved_aside(tmp_path: Path, url: str) -> None:
    path = fetch(url, tmp_path)
    flipped = bytearray(DATA)
    flipped[3_000_000] ^= 1
    path.write_bytes(flipped)
    with pytest.raises(WorldError, match=r"its name promises.*moved to `net-.*\.bad`"):
        fetch(url, tmp_path, opener=offline)
    assert (tmp_path / f"{NAME}.bad").read_bytes() == flipped
    assert fetch(url, tmp_path).read_bytes() == DATA


def test_a_name_without_digits_is_held_to_the_first_download(
    tmp_path: Path, server: str, told: Behavior
) -> None:
    path = fetch(f"{server}/a/model.safetensors", tmp_path)
    other = fetch(f"{server}/b/model.safetensors", tmp_path)
    assert path != other
    path.write_bytes(DATA[:-1])
    with pytest.raises(WorldError, match="at the first download"):
        fetch(f"{server}/a/model.safetensors", tmp_path)
    told.data = b"exchanged on the server"
    with pytest.raises(WorldError, match="at the first download"):
        fetch(f"{server}/a/model.safetensors", tmp_path)


def test_the_full_hash_guards_what_the_name_cannot(tmp_path: Path, url: str) -> None:
    fetch(url, tmp_path)
    (tmp_path / f"{NAME}.sha256").write_text("0" * 64 + f"  {NAME}\n")
    with pytest.raises(WorldError, match="at the first download it was 0000"):
        fetch(url, tmp_path)
    (tmp_path / f"{NAME}.sha256").write_text("nonsense")
    with pytest.raises(WorldError, match="does not hold a SHA-256"):
        fetch(url, tmp_path)


def test_a_file_brought_by_hand_is_proven_and_noted(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(DATA)
    path = fetch(f"https://download.example/{NAME}", tmp_path, opener=offline)
    assert (tmp_path / f"{NAME}.sha256").read_text().startswith(DIGITS)
    assert path.read_bytes() == DATA


@pytest.mark.parametrize(
    ("status", "times"), [(404, 1), (403, 1), (503, download.ATTEMPTS), (500, download.ATTEMPTS)]
)
def test_refusals(tmp_path: Path, url: str, told: Behavior, status: int, times: int) -> None:
    told.statuses = [status] * 10
    with pytest.raises(WorldError, match=str(status)):
        fetch(url, tmp_path)
    assert len(told.asked) == times


def test_a_busy_server_is_asked_again(tmp_path: Path, url: str, told: Behavior) -> None:
    told.statuses = [503, 429]
    assert fetch(url, tmp_path).read_bytes() == DATA


def test_no_network(tmp_path: Path) -> None:
    def no_name(request: urllib.request.Request, timeout: float) -> Any:
        raise urllib.error.URLError(socket.gaierror(-2, "Name or service not known"))

    with pytest.raises(WorldError, match=r"cannot reach `download\.example`.*no network") as caught:
        fetch(f"https://user:pass@download.example/{NAME}?token=secret", tmp_path, opener=no_name)
    assert str(tmp_path / NAME) in (caught.value.help or "")
    assert "secret" not in str(caught.value)
    assert "pass" not in str(caught.value)


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        with pytest.raises(WorldError, match="cannot reach"):
            fetch(f"http://127.0.0.1:{reserved.getsockname()[1]}/{NAME}", tmp_path)


def test_a_silent_server_is_given_up(tmp_path: Path, told: Behavior, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(WorldError, match="timed out"):
        fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/{NAME}", tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        f"http://download.example/{NAME}",
        f"file:///tmp/{NAME}",
        f"ftp://download.example/{NAME}",
        f"https:///{NAME}",
        "https://[bad",
        "https://download.example/",
        "https://download.example/a/..",
        "https://download.example/a/%2e%2e",
        "https://download.example/a%0ab-12345678.pth",
        "https://download.example/.hidden-12345678.pth",
    ],
)
def test_urls_that_are_refused_before_any_request(tmp_path: Path, url: str) -> None:
    with pytest.raises(WorldError) as caught:
        fetch(url, tmp_path, opener=offline)
    assert caught.value.message.isprintable()
    assert names(tmp_path) == []


@pytest.mark.parametrize("to", ["http://download.example/x", "file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_redirects_to_what_is_not_https_are_refused(
    tmp_path: Path, url: str, told: Behavior, to: str
) -> None:
    told.redirect = to
    with pytest.raises(WorldError):
        fetch(url, tmp_path)


def test_from_the_net_no_redirect_to_this_machine() -> None:
    request = urllib.request.Request("https://download.example/x")
    with pytest.raises(WorldError, match="not https"):
        download._SafeRedirects().redirect_request(request, None, 302, "", {}, "http://127.0.0.1/x")


def test_a_redirect_that_is_fine_is_followed(tmp_path: Path, server: str, told: Behavior) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), type("To", (Handler,), {"behavior": Behavior()})) as second:
        threading.Thread(target=second.handle_request).start()
        told.redirect = f"http://127.0.0.1:{second.server_port}/elsewhere"
        assert fetch(f"{server}/{NAME}", tmp_path).read_bytes() == DATA


def test_a_full_disk_is_told_before_and_while_writing(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 1000})
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: usage)
        with pytest.raises(WorldError, match="still to come and the disk has 1000 left"):
            fetch(url, tmp_path)
    real = Path.replace

    def full(self: Path, target: Path) -> Path:
        if str(target).endswith(NAME):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(WorldError, match="No space left"):
            fetch(url, tmp_path)
    assert not (tmp_path / NAME).exists()
    assert fetch(url, tmp_path).read_bytes() == DATA


FETCH = """
import pathlib, sys
from archc.weights.fetch import fetch
fetch(sys.argv[1], pathlib.Path(sys.argv[2]))
"""


def test_several_processes_at_once_download_once(
    tmp_path: Path, url: str, told: Behavior, root: Path
) -> None:
    env = os.environ | {"PYTHONPATH": str(root)}
    command = [sys.executable, "-c", FETCH, url, str(tmp_path)]
    processes = [subprocess.Popen(command, env=env) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert (tmp_path / NAME).read_bytes() == DATA
    assert told.asked == [None]


def test_fetching_needs_no_torch(fresh_python: Any) -> None:
    done = fresh_python("-c", "import sys, archc.weights.fetch; sys.exit('torch' in sys.modules)")
    assert done.returncode == 0, done.stderr


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.delenv("ARCHC_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_directory() == tmp_path / "home" / ".cache" / "archc" / "weights"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_directory() == tmp_path / "xdg" / "archc" / "weights"
    monkeypatch.setenv("ARCHC_CACHE", str(tmp_path / "own"))
    assert cache_directory() == tmp_path / "own" / "weights"
