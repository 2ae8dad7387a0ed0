"""The zip archives that `torch.save` writes: `NAME/data.pkl`, and each storage in `NAME/data/KEY`."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from archc.weights.inert_pickle import NotPlain, Storage, Unpickled, unpickled

_LARGEST_PICKLE = 64_000_000  # bytes; that of a state dict of 1,000 tensors is 100 KB
_LARGEST_LIST = 16_000_000  # bytes of the archive's table of contents


def read_zip(path: Path, file: BinaryIO) -> Unpickled:
    """Return the content of an archive, each storage at its place in the file.

    Raises:
        NotPlain: it is damaged, not written by torch, or holds more than tensors.
    """
    _require_short_list(file)
    try:
        with zipfile.ZipFile(file) as archive:
            records = {info.filename: info for info in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, UnicodeDecodeError) as broken:
        raise NotPlain("it is a damaged archive") from broken
    name = next((n for n in records if n.endswith("/data.pkl") and n.count("/") == 1), None)
    if name is None:
        raise NotPlain("it is an archive that `torch.save` did not write")
    folder = name.removesuffix("data.pkl")
    if f"{folder}constants.pkl" in records:
        raise NotPlain("it is a TorchScript program, not weights: save its `state_dict()`")
    if any(info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 for info in records.values()):
        raise NotPlain("its records are compressed, which torch never writes")
    _require_little_endian(file, records.get(f"{folder}byteorder"))
    made = unpickled(_content(file, records[name]))
    for storage in made.storages.values():
        storage.place = _place(file, storage, records, folder)
    return made


def _require_short_list(file: BinaryIO) -> None:
    """Refuse an archive with millions of records before Python makes an object of each."""
    size = file.seek(0, 2)
    file.seek(max(size - 65_557, 0))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise NotPlain("it is cut short")
    listed = int.from_bytes(tail[at + 12 : at + 16], "little")
    wide = tail.rfind(b"PK\x06\x06", 0, at)
    if listed == 0xFFFFFFFF and wide >= 0:
        listed = int.from_bytes(tail[wide + 40 : wide + 48], "little")
    if listed > _LARGEST_LIST:
        raise NotPlain("it is an archive of too many records")
    file.seek(0)


def _require_little_endian(file: BinaryIO, info: zipfile.ZipInfo | None) -> None:
    if info is not None and info.file_size < 100 and _content(file, info) == b"big":
        raise NotPlain("it was written on a big-endian machine")


def _content(file: BinaryIO, info: zipfile.ZipInfo) -> bytes:
    if info.file_size > _LARGEST_PICKLE:
        raise NotPlain(f"its pickle is larger than {_LARGEST_PICKLE:,} bytes")
    start, end = _stretch(file, info)
    file.seek(start)
    return file.read(end - start)


def _place(
    file: BinaryIO, storage: Storage, records: Mapping[str, zipfile.ZipInfo], folder: str
) -> tuple[int, int, int]:
    info = records.get(f"{folder}data/{storage.key}")
    if info is None:
        raise NotPlain("the values of a tensor are missing")
    return (*_stretch(file, info), info.CRC)


def _stretch(file: BinaryIO, info: zipfile.ZipInfo) -> tuple[int, int]:
    """Return the first byte of a record's content and the one behind its last."""
    file.seek(info.header_offset)
    header = file.read(30)
    if header[:4] != b"PK\x03\x04" or len(header) < 30:
        raise NotPlain("it is a damaged archive")
    lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    start = info.header_offset + 30 + lengths
    if start + info.file_size > file.seek(0, 2):
        raise NotPlain("it is cut short")
    return start, start + info.file_size
