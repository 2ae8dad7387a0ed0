"""A file is there whole or not at all, whatever fails and whenever the process dies."""

import errno
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archc.files.atomic import replacing, write_bytes, write_text
from archc.files.errors import WorldError, printable


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_text(path, "one\r\n")
    write_bytes(path, b"two \xff")
    assert path.read_bytes() == b"two \xff"
    assert names(tmp_path) == ["plan.json"]


def test_the_temporary_lies_beside_and_keeps_the_suffix(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.png") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".png"
        assert temporary.read_bytes() == b""
        assert not (tmp_path / "a.png").exists()
        temporary.write_bytes(b"x")
    assert names(tmp_path) == ["a.png"]


def test_a_writer_that_renames_by_itself_is_fine(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as temporary:
        (tmp_path / "other").write_bytes(b"x")
        (tmp_path / "other").replace(temporary)
    assert (tmp_path / "a").read_bytes() == b"x"


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
def test_mode_follows_the_umask_and_then_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    before = os.umask(0o027)
    try:
        write_text(path, "x")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640
    path.chmod(0o600)
    write_text(path, "y")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("error", [RuntimeError("bug"), KeyboardInterrupt()])
def test_a_failing_block_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "a").write_text("old")

    def write_half() -> None:
        with replacing(tmp_path / "a") as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert (tmp_path / "a").read_text() == "old"
    assert names(tmp_path) == ["a"]


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("step", ["os.open", "Path.write_bytes", "os.fsync", "Path.replace"])
def test_a_full_disk_at_any_step_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    owner, name = step.split(".")
    monkeypatch.setattr(os if owner == "os" else Path, name, full)
    with pytest.raises(WorldError) as caught:
        write_text(path, "new")
    monkeypatch.undo()
    assert str(path) in caught.value.message
    assert "No space left" in caught.value.message
    assert caught.value.help is not None
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a"]


def test_a_folder_that_fails_to_sync_is_told_and_the_file_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def second_fails(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", second_fails)
    with pytest.raises(WorldError, match="Input/output"):
        write_text(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "new"
    assert names(tmp_path) == ["a"]


def test_a_filesystem_without_folder_sync_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def files_only(descriptor: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):  # noqa: PTH112
            raise OSError(errno.EINVAL, "Invalid argument")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", files_only)
    write_text(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "new"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_disk_that_is_really_full() -> None:
    with pytest.raises(WorldError, match="not a plain file"):
        write_text("/dev/full", "x")


@pytest.mark.parametrize("name", ["", "missing/a", "folder", "a\0b", "x" * 300, "file/a"])
def test_impossible_places_are_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    before = names(tmp_path)
    with pytest.raises(WorldError):
        write_text(tmp_path / name, "x")
    assert names(tmp_path) == before


def test_a_missing_folder_is_named_as_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(WorldError) as caught:
        write_text(tmp_path / "out" / "m.onnx", "x")
    assert caught.value.help == f"create the folder `{tmp_path / 'out'}` first"


def test_another_file_that_fails_in_the_block_is_the_one_named(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="source") as caught, replacing(tmp_path / "a"):
        (tmp_path / "source").read_bytes()
    assert "No such file" in caught.value.message


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "real").read_text() == "old"
    assert not (tmp_path / "link").is_symlink()


WRITE_FOREVER = """
import sys
from archc.files.atomic import write_bytes
size = 1 << 20
print("go", flush=True)
while True:
    for byte in (b"a", b"b"):
        write_bytes(sys.argv[1], byte * size)
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_killed_at_any_moment(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "a"
    write_bytes(path, b"a" * (1 << 20))
    for attempt in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITE_FOREVER, str(path)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(root)},
        )
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01 + 0.007 * attempt)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        content = path.read_bytes()
        assert content in (b"a" * (1 << 20), b"b" * (1 << 20))


def test_an_error_is_one_printable_line_and_survives_a_worker() -> None:
    error = WorldError("bad \x1b[31m\n::error::\u202e\udcff ümlaut 日本", "do\nthis")
    assert error.message == "bad \\x1b[31m\\n::error::\\u202e\\udcff ümlaut 日本"
    assert str(error).isprintable()
    again: WorldError = pickle.loads(pickle.dumps(error))
    assert (again.message, again.help) == (error.message, "do\\nthis")
    assert (WorldError("x").help, str(WorldError("x"))) == (None, "x")


def test_printable_leaves_text_alone() -> None:
    assert printable("path/with ünïcode `x`") == "path/with ünïcode `x`"
