"""Hashes agree with published ones and see every flipped bit."""

import hashlib
from pathlib import Path

import pytest

from archc.files.errors import WorldError
from archc.files.hashing import sha256_file

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1


def test_known_value(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_file(tmp_path / "abc") == ABC


def test_large_files_are_read_in_pieces(tmp_path: Path) -> None:
    data = bytes(range(256)) * 20_000
    (tmp_path / "large").write_bytes(data)
    assert sha256_file(tmp_path / "large") == hashlib.sha256(data).hexdigest()


def test_every_flipped_bit_shows(tmp_path: Path) -> None:
    data = bytearray(b"weights")
    path = tmp_path / "flipped"
    path.write_bytes(data)
    whole = sha256_file(path)
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        assert sha256_file(path) != whole


@pytest.mark.parametrize("name", ["absent", "."])
def test_unreadable_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(WorldError, match="cannot read"):
        sha256_file(tmp_path / name)
