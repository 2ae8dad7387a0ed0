"""Only regular files are opened; whatever would block or never end is named."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from archc.files.errors import WorldError
from archc.files.regular import open_regular

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs pipes and devices in the file system")


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "link").symlink_to("a")
    with open_regular(tmp_path / "link") as file:
        assert file.read() == b"123"


@posix
def test_a_pipe_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.png")
    with pytest.raises(WorldError, match=r"p\.png` is not a file but a pipe"):
        open_regular(tmp_path / "p.png")


@posix
def test_a_link_to_a_pipe_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p")
    (tmp_path / "a.png").symlink_to("p")
    with pytest.raises(WorldError, match=r"a\.png` is not a file but a pipe"):
        open_regular(tmp_path / "a.png")


@posix
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_named(device: str) -> None:
    with pytest.raises(WorldError, match="is not a file but a device"):
        open_regular(device)


@posix
def test_a_socket_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the address of a socket may have 108 bytes
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")
        with pytest.raises(WorldError, match="`s` is not a file but a socket"):
            open_regular("s")


def test_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="is not a file but a folder"):
        open_regular(tmp_path)


def test_a_link_to_itself_is_named(tmp_path: Path) -> None:
    (tmp_path / "self").symlink_to("self")
    with pytest.raises(WorldError, match=r"cannot read `.*self`"):
        open_regular(tmp_path / "self")


@pytest.mark.parametrize("name", ["missing", "x" * 5000, "a\0b", "a\nb\x1b[31m"])
def test_names_that_cannot_be_are_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="cannot read") as caught:
        open_regular(f"{tmp_path}/{name}")
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 600


def test_a_replaced_file_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    real = (tmp_path / "file").stat()
    monkeypatch.setattr(Path, "stat", lambda path: real)
    with pytest.raises(WorldError, match="a device"):
        open_regular("/dev/null")
