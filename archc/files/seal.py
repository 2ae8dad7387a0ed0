"""A seal: the SHA-256 of a file's own bytes, kept inside the file.

It is 64 hexadecimal digits behind the name `archc.digest`. When the file is hashed these 64 bytes are taken
as zeros, so every other byte counts: one flipped bit anywhere (in what the file holds, in the name, in the
digits themselves) leaves a file whose seal is broken or gone. It shows damage and slips. Whoever changes a
file on purpose can seal it anew: it is no signature.

In JSON (weights' headers, manifests, records of bodies) the digits are a string, `"archc.digest":"<digits>"`;
in ONNX, the value of an entry of the metadata.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from mmap import mmap

KEY = "archc.digest"
UNSEALED = "0" * 64
"""The text of the field before the file is sealed, and is hashed in its place."""

_ZEROS = UNSEALED.encode()
_NAME = f'"{KEY}":'.encode()
_HEX = frozenset(b"0123456789abcdef")
# As protobuf lays an entry of metadata out: field 1, the key and its length; field 2, the value's length.
_ENTRY = b"\x0a%c%s\x12%c" % (len(KEY), KEY.encode(), len(_ZEROS))
_PIECE = 1 << 20  # bytes


def place_in_json(text: bytes) -> int | None:
    """Return where the digits begin in JSON text, None where they do not stand in it exactly once.

    Within a string of JSON quotes are escaped, so what is found is a key.
    """
    found = text.find(_NAME)
    if found < 0 or text.find(_NAME, found + 1) >= 0:
        return None
    place = found + len(_NAME) + text.startswith(b" ", found + len(_NAME)) + 1
    quotes = text[place - 1 : place] + text[place + len(_ZEROS) : place + len(_ZEROS) + 1]
    return place if quotes == b'""' and _HEX.issuperset(text[place : place + len(_ZEROS)]) else None


def place_in_onnx(content: bytes | mmap) -> int | None:
    """Return where the digits begin in an ONNX file, behind its last entry of that name; None without one."""
    found = content.rfind(_ENTRY)
    return found + len(_ENTRY) if 0 <= found <= len(content) - len(_ENTRY) - len(_ZEROS) else None


def digest_of(file: BinaryIO, place: int) -> str:
    """Return the digits that a file with its field at `place` should hold; it is read in small pieces."""
    file.seek(0)
    found = hashlib.sha256()
    left = place
    while left and (piece := file.read(min(left, _PIECE))):
        found.update(piece)
        left -= len(piece)
    found.update(_ZEROS)
    file.seek(place + len(_ZEROS))
    while piece := file.read(_PIECE):
        found.update(piece)
    return found.hexdigest()


def is_intact(file: BinaryIO, place: int | None) -> bool:
    """Return whether a file holds its own digest at `place`; False where it has no place for one."""
    if place is None:
        return False
    file.seek(place)
    held = file.read(len(_ZEROS))
    return held == digest_of(file, place).encode()


def seal(file: BinaryIO, place: int) -> str:
    """Write the digest of a file into its field at `place`, and return it."""
    digits = digest_of(file, place)
    file.seek(place)
    file.write(digits.encode())
    return digits


def sealed_json(text: str) -> str:
    """Return JSON text that holds an unsealed field, with its digest in it."""
    raw = text.encode()
    place = place_in_json(raw)
    if place is None:
        raise ValueError("the text has no field for a digest, or several")
    return (raw[:place] + _digest(raw, place) + raw[place + len(_ZEROS) :]).decode()


def json_is_intact(raw: bytes) -> bool:
    r"""Return whether JSON text holds its own digest.

    Line ends may be `\r\n`, as git writes them on Windows.
    """
    raw = raw.replace(b"\r\n", b"\n")
    place = place_in_json(raw)
    return place is not None and raw[place : place + len(_ZEROS)] == _digest(raw, place)


def _digest(raw: bytes, place: int) -> bytes:
    found = hashlib.sha256(raw[:place])
    found.update(_ZEROS)
    found.update(raw[place + len(_ZEROS) :])
    return found.hexdigest().encode()
