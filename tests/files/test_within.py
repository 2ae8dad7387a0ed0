"""Paths in a spec stay where its root says; a root is found beside the spec or in the working directory."""

import os
from pathlib import Path

import pytest

from archc.files.errors import WorldError
from archc.files.within import path_fault, resolve_root, resolve_within, stays_within

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need rights there")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data" / "train").mkdir(parents=True)
    (tmp_path / "data" / "train" / "a.png").write_bytes(b"x")
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "data2").mkdir()
    return tmp_path / "data"


@pytest.mark.parametrize(
    "relative",
    [
        "train/a.png",
        "train/../train/a.png",
        ".",
        "./train",
        "absent/too.png",
        "~",
        "$HOME/x",
        "a..b",
        "console",
    ],
)
def test_inside(data: Path, relative: str) -> None:
    assert path_fault(relative) is None
    assert resolve_within(data, relative) == Path(os.path.realpath(data / relative))


@pytest.mark.parametrize(
    ("relative", "why"),
    [
        ("", "empty"),
        ("..", "leaves"),
        ("../secret", "leaves"),
        ("train/../../secret", "leaves"),
        ("../data/train/a.png", "leaves"),
        ("a\0b", "control"),
        ("a\nb", "control"),
        ("..\\secret", "backslash"),
        ("\\\\server\\share", "backslash"),
        ("C:/Windows", "drive"),
        ("c:", "drive"),
        ("NUL", "device"),
        ("train/con.txt", "device"),
        ("aux /x", "device"),
        ("lpt1", "device"),
    ],
)
def test_refused_by_its_text(data: Path, relative: str, why: str) -> None:
    assert why in (path_fault(relative) or "")
    with pytest.raises(WorldError, match=why):
        resolve_within(data, relative)


@pytest.mark.parametrize("path", ["/etc/passwd", "/", "//etc/passwd", "/dev/zero", "/proc/self/environ"])
def test_absolute_elsewhere_is_refused(data: Path, path: str) -> None:
    with pytest.raises(WorldError, match="outside"):
        resolve_within(data, path)


def test_absolute_inside_is_accepted_and_a_namesake_is_not(data: Path) -> None:
    assert resolve_within(data, str(data / "train")) == Path(os.path.realpath(data / "train"))
    with pytest.raises(WorldError, match="outside"):
        resolve_within(data, str(data.parent / "data2"))


@needs_links
def test_links_may_stay_and_must_not_leave(data: Path) -> None:
    (data / "inner").symlink_to("train")
    (data / "out").symlink_to("..")
    (data / "file.png").symlink_to(data.parent / "secret")
    assert resolve_within(data, "inner/a.png") == Path(os.path.realpath(data / "train" / "a.png"))
    for path in ("out/secret", "out", "file.png", "inner/../out/secret"):
        with pytest.raises(WorldError, match="outside"):
            resolve_within(data, path)
    with pytest.raises(WorldError, match="outside"):
        stays_within(data, data / "file.png")


@needs_links
def test_the_root_itself_may_be_a_link(data: Path) -> None:
    (data.parent / "link").symlink_to("data")
    assert resolve_within(data.parent / "link", "train/a.png").read_bytes() == b"x"


@needs_links
def test_circles_devices_and_pipes_are_refused(data: Path) -> None:
    (data / "circle").symlink_to("circle")
    os.mkfifo(data / "pipe")
    for path in ("circle", "pipe"):
        with pytest.raises(WorldError, match="neither a file nor a folder"):
            resolve_within(data, path)
    with pytest.raises(WorldError, match="neither a file nor a folder"):
        resolve_within(Path("/dev"), "null")


def test_an_endless_name_is_told(data: Path) -> None:
    with pytest.raises(WorldError):
        resolve_within(data, "x" * 5000)


def test_root_beside_the_spec_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "specs" / "data").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    assert resolve_root("data", Path("specs")) == tmp_path / "specs" / "data"
    (tmp_path / "specs" / "data").rmdir()
    assert resolve_root("data", Path("specs")) == tmp_path / "data"
    assert resolve_root(str(tmp_path / "data"), Path("specs")) == tmp_path / "data"
    assert resolve_root("../data", tmp_path / "specs").samefile(tmp_path / "data")


def test_both_places_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "specs").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorldError) as caught:
        resolve_root("data/x", Path("specs"))
    assert str(tmp_path / "specs" / "data" / "x") in caught.value.message
    assert str(tmp_path / "data" / "x") in caught.value.message
    with pytest.raises(WorldError) as caught:
        resolve_root("x", tmp_path)
    assert caught.value.message.count(str(tmp_path)) == 1


@pytest.mark.parametrize(
    ("root", "help"), [("~/data", "expands neither"), ("file", "is a file"), ("no", "put")]
)
def test_the_remedy_fits(tmp_path: Path, root: str, help: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorldError) as caught:
        resolve_root(root, tmp_path)
    assert help in (caught.value.help or "")


@pytest.mark.parametrize("root", ["", "a\0b", "x" * 5000])
def test_no_folder_can_be_called_so(tmp_path: Path, root: str) -> None:
    with pytest.raises(WorldError):
        resolve_root(root, tmp_path)
