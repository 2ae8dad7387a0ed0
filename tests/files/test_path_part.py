"""Names of strangers as parts of paths."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.files.path_part import path_part, path_parts
from archc.files.within import is_device, path_fault

hostile = st.text() | st.text(alphabet="./\\:-_ ab\u00e9\u202e\u200b\0\n*?<>|\"'\ud800").map(str)


@given(hostile)
def test_it_is_one_part_on_every_system(text: str) -> None:
    part = path_part(text, "model")
    assert Path(part).name == part
    assert PureWindowsPath(part).name == part
    assert path_fault(f"{part}.onnx") is None
    assert path_fault(part) is None
    assert ".." not in part
    assert part[0] not in "-. "
    assert part[-1] not in "-. "
    assert part.isprintable()
    assert not set(part) & set("/\\:*?\"<>|`$'&;()[]{} \t")
    assert len(f".{part}-1000000.0123456789ab.safetensors".encode()) <= 255


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("digits", "digits"),
        ("Model 7", "Model_7"),
        ("v1.0-rc.2", "v1.0-rc.2"),
        ("../../evil", "_evil"),
        ("/tmp/abs", "_tmp_abs"),
        ("C:\\Windows\\x", "C_Windows_x"),
        ("..", "_"),
        ("", "model"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("end...", "end_"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com¹", "_com¹"),
        ("漢字", "漢字"),
        ("e\u0301", "\u00e9"),
        ("a\u202eb\u200bc", "a_b_c"),
    ],
)
def test_what_becomes_of_a_name(text: str, part: str) -> None:
    assert path_part(text, "model") == part


def test_long_names_that_differ_at_their_ends_stay_apart() -> None:
    one, other = (path_part("漢" * 199 + end, "model") for end in "ab")
    assert one != other
    assert len(one.encode()) <= 160


@given(st.lists(hostile, unique=True, max_size=8))
def test_each_of_several_names_has_a_part_of_its_own(texts: list[str]) -> None:
    parts = path_parts(texts, "output")
    assert list(parts) == texts
    assert len({part.casefold() for part in parts.values()}) == len(texts)


def test_devices_are_known_by_any_suffix() -> None:
    assert all(is_device(name) for name in ("nul", "NUL.txt", "Con .x", "LPT9", "com0", "conin$"))
    assert not any(is_device(name) for name in ("null", "_nul", "con-1", "comb"))
