"""The Markdown of the repository: its files, their code blocks, their links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
FILES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("archc/source/diagnostics/pages/*.md")]
)
_FENCE = re.compile(r"^( *)```(\S*)[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block: the file and line where it begins, its language, its text."""

    file: Path
    line: int
    language: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}"


def blocks(file: Path) -> list[Block]:
    """Return the fenced blocks of a file."""
    text = file.read_text("utf-8")
    return [
        Block(file, text[: found.start()].count("\n") + 1, found[2], found[3])
        for found in _FENCE.finditer(text)
    ]


def prose(file: Path) -> str:
    """Return a file's text without its code."""
    return re.sub(r"`[^`\n]*`", "`code`", _FENCE.sub("", file.read_text("utf-8")))
