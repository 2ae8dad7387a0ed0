"""Seals: any change of a sealed file is seen, wherever it is."""

from __future__ import annotations

import io
import random

import pytest

from archc.files.seal import (
    KEY,
    UNSEALED,
    digest_of,
    is_intact,
    json_is_intact,
    place_in_json,
    place_in_onnx,
    seal,
    sealed_json,
)

ENTRY = b"\x0a\x0carchc.digest\x12\x40"


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def sealed(content: bytes, place: int) -> bytes:
    file = io.BytesIO(content)
    seal(file, place)
    return file.getvalue()


@pytest.mark.parametrize("place", [0, 7, 100])
def test_every_single_bit_counts(place: int) -> None:
    content = sealed(random.Random(1).randbytes(100) + UNSEALED.encode() + b"behind", 100)
    if place != 100:
        assert not is_intact(io.BytesIO(content), place)
        return
    assert is_intact(io.BytesIO(content), place)
    for bit in range(len(content) * 8):
        assert not is_intact(io.BytesIO(flipped(content, bit)), place)


def test_a_file_that_is_cut_or_grown_is_not_intact() -> None:
    content = sealed(b"x" * 3_000_000 + UNSEALED.encode() + b"y" * 2_000_000, 3_000_000)
    assert is_intact(io.BytesIO(content), 3_000_000)
    for other in (content[:-1], content + b"y", content[: 3_000_000 + 10], content[:5], b""):
        assert not is_intact(io.BytesIO(other), 3_000_000)
    assert not is_intact(io.BytesIO(content), None)


def test_the_digest_does_not_depend_on_what_stands_in_its_field() -> None:
    once = io.BytesIO(b"a" + UNSEALED.encode() + b"b")
    digits = seal(once, 1)
    assert digest_of(once, 1) == digits == digest_of(io.BytesIO(b"a" + b"7" * 64 + b"b"), 1)


def test_json_holds_its_digest() -> None:
    text = sealed_json(f'{{\n"a": [1, "ü"],\n"{KEY}": "{UNSEALED}"\n}}\n')
    assert UNSEALED not in text
    raw = text.encode()
    assert json_is_intact(raw)
    assert json_is_intact(raw.replace(b"\n", b"\r\n"))
    assert not any(json_is_intact(flipped(raw, bit)) for bit in range(len(raw) * 8))


def test_only_a_key_of_json_is_the_field() -> None:
    quoted = '{"spec":"\\"archc.digest\\":\\"' + "0" * 64 + '\\""'
    assert place_in_json((quoted + "}").encode()) is None
    whole = f'{quoted},"{KEY}":"{UNSEALED}"}}'.encode()
    assert place_in_json(whole) == len(whole) - 66
    assert place_in_json(whole + whole) is None
    with pytest.raises(ValueError, match="no field"):
        sealed_json("{}")


def test_in_onnx_the_last_entry_is_the_field() -> None:
    digits = UNSEALED.encode()
    assert place_in_onnx(b"graph" + ENTRY + digits + b"behind") == 5 + len(ENTRY)
    assert place_in_onnx(ENTRY + digits + b"graph" + ENTRY + digits) == len(ENTRY) * 2 + 64 + 5
    assert place_in_onnx(b"graph") is None
    assert place_in_onnx(ENTRY + digits[:-1]) is None
