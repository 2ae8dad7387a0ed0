"""A spec as text and as values, with the place of every value in the text."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.parse import Refused, parse, too_large
from archc.source.text import limits
from archc.source.text.limits import Format
from archc.source.text.spans import Aim, Location, Marks, Path, Source, Span
from archc.spec.frozen import Frozen, frozen

if TYPE_CHECKING:
    from archc.files.errors import WorldError


@frozen
class Document(Frozen):
    """One spec. `data` is plain values; treat it as read-only. `flags` are the overrides it was given."""

    source: Source
    format: Format
    data: dict[str, Any]
    marks: Marks
    flags: tuple[str, ...] = ()

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"Document({self.name!r}, {self.format}, {len(self.text)} characters)"

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def text(self) -> str:
        """The text as read, without a byte order mark; overrides do not change it."""
        return self.source.text

    def locate(self, path: Path, aim: Aim = "value") -> Location:
        """Return where `path` stands.

        A path that is not written stands at the header of the nearest table that should hold it.
        """
        for length in range(len(path), -1, -1):
            mark = self.marks.get(path[:length])
            if mark:
                wanted = aim if length == len(path) else "header"
                return Location(mark.source, getattr(mark, wanted))
        return Location(self.source, Span(0, 0))


class SpecError(Exception):
    """The spec is at fault: all diagnostics found, the document they speak about, and as its text `told`.

    `told` is all of them rendered, where whoever raises it has that at hand, else the first one's message.
    """

    def __init__(self, diagnostics: tuple[Diagnostic, ...], document: Document, told: str = "") -> None:
        first = diagnostics[0] if diagnostics else None
        super().__init__(told or (f"{first.code}: {first.message}" if first else "the spec is at fault"))
        self.diagnostics = diagnostics
        self.document = document


def read(path: str | os.PathLike[str], *, limit: int = limits.BYTES) -> Document:
    """Return the document in a file: JSON where its name ends so, TOML otherwise.

    Raises WorldError where the file cannot be read and SpecError where its text is at fault.
    """
    name = os.fspath(path)
    try:
        with open(name, "rb") as file:  # noqa: PTH123 - pathlib is not needed for this
            raw = file.read(limit + len(_BOM) + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from None
    return read_bytes(raw, name, format_of(name), limit=limit)


def format_of(name: str) -> Format:
    """Return the format that a file's name stands for."""
    return "json" if name.lower().endswith(".json") else "toml"


def read_bytes(raw: bytes, name: str, format: Format = "toml", *, limit: int = limits.BYTES) -> Document:
    """Return the document in UTF-8 bytes. Raises SpecError."""
    raw = raw.removeprefix(_BOM)
    if len(raw) > limit:
        raise _refusal(Source(name, ""), format, too_large(Source(name, ""), limit))
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise _not_utf8(raw, error, name, format) from None
    return _document(Source(name, text), format, limit)


def read_text(text: str, name: str, format: Format = "toml", *, limit: int = limits.BYTES) -> Document:
    """Return the document in a text that is already at hand, such as standard input's. Raises SpecError."""
    return _document(Source(name, text.removeprefix("\ufeff")), format, limit)


def _document(source: Source, format: Format, limit: int) -> Document:
    try:
        data, marks = parse(source, format, limit)
    except Refused as refused:
        raise _refusal(source, format, *refused.diagnostics) from None
    if isinstance(data.get("$schema"), str):  # an editor's key, which says nothing of the model
        del data["$schema"]
    return Document(source, format, data, marks)


_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def _refusal(source: Source, format: Format, *diagnostics: Diagnostic) -> SpecError:
    return SpecError(diagnostics, Document(source, format, {}, {}))


def _not_utf8(raw: bytes, error: UnicodeDecodeError, name: str, format: Format) -> SpecError:
    source = Source(name, raw.decode(errors="replace"))
    start = len(raw[: error.start].decode())
    at = Location(source, Span(start, start + 1))
    help = "it looks like UTF-16; " if raw.startswith(_UTF16) else ""
    fault = Diagnostic("ARC002", "the text is not UTF-8", (Label(at=at),), (f"{help}save the file as UTF-8",))
    return _refusal(source, format, fault)


def _unreadable(name: str, error: OSError | ValueError) -> WorldError:
    from archc.files.errors import WorldError
    from archc.source.text.cells import escaped

    shown = escaped(name)
    if isinstance(error, FileNotFoundError):
        return WorldError(f"{shown}: no such file", "name an existing spec")
    if isinstance(error, IsADirectoryError):
        return WorldError(f"{shown}: is a directory", "name the spec file inside it")
    if isinstance(error, PermissionError):
        return WorldError(f"{shown}: may not be read", "check the file's permissions")
    return WorldError(f"{shown}: cannot be read: {getattr(error, 'strerror', None) or 'no usable file name'}")
