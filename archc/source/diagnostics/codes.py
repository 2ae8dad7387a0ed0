"""Every diagnostic's code: its page in `pages/CODE.md` is the source of all that is said about it.

Codes are never reused. ARC0xx reading and limits, ARC1xx structure, ARC2xx names and references, ARC3xx
shapes and channels, ARC4xx parameter groups and phases, ARC5xx data, ARC6xx export, ARC7xx advice.

A page is read when it is first asked for: a spec without a fault needs none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from archc.source.diagnostics.code_page import Code, parsed

PAGES = Path(__file__).parent / "pages"

FAMILIES: tuple[tuple[str, str], ...] = (
    ("ARC0", "Reading a document"),
    ("ARC1", "Structure: keys, types and values"),
    ("ARC2", "Names and references"),
    ("ARC3", "Shapes, channels and size"),
    ("ARC4", "Parameter groups and phases"),
    ("ARC5", "Data, loss and metrics"),
    ("ARC6", "Export"),
    ("ARC7", "Advice"),
)
"""Beginnings of codes, and their subjects."""


class Codes(Mapping[str, Code]):
    """The codes in their order, each read from its page when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Code] = {}

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(sorted(path.stem for path in self._folder.glob("ARC*.md")))

    def __getitem__(self, code: str) -> Code:
        if code not in self._read:
            if code not in self._names:
                raise KeyError(code)
            self._read[code] = parsed((self._folder / f"{code}.md").read_text("utf-8"))
        return self._read[code]

    def __contains__(self, code: object) -> bool:
        return code in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


CODES = Codes(PAGES)


def code_of(word: str) -> str | None:
    """Return the code that a code or a name stands for, in any case of letters; None for any other word."""
    if word.upper() in CODES:
        return word.upper()
    wanted = word.lower().replace("_", "-")
    return next((code for code, entry in CODES.items() if entry.name == wanted), None)
