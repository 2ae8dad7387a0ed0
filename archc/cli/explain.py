"""`archc explain [CODE]`."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator

from archc.cli.faults import colored, terminal_width
from archc.files.errors import WorldError, printable
from archc.source.diagnostics.codes import CODES, FAMILIES, code_of
from archc.source.diagnostics.suggest import nearest

_WIDEST = 88
_DIGITS = str.maketrans("OILS", "0115")
"""Letters that are read as digits."""
_SILENCE = "Where it is meant, a comment `# archc: allow {name}` on the line, or alone above it, silences it."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "code", metavar="CODE", nargs="?", help="a code such as ARC301, or its name; left out: all by family"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the meaning of a code, an example and what to do; or all codes."""
    strong = ("\x1b[1m", "\x1b[0m") if colored(sys.stdout) else ("", "")
    if arguments.code is None:
        sys.stdout.write("\n".join(_overview(strong)) + "\n")
        return 0
    code = code_of(arguments.code)
    if code is None:
        raise _unknown(arguments.code)
    sys.stdout.write("\n".join(_explained(code, strong, min(terminal_width(), _WIDEST))))
    return 0


def _unknown(word: str) -> WorldError:
    names = {entry.name: code for code, entry in CODES.items()}
    near = code_of(word.upper().translate(_DIGITS)) or names.get(nearest(word, list(names)) or "")
    help = f"did you mean {near}, {CODES[near].name}?" if near else "`archc explain` lists all"
    return WorldError(f"there is no code {printable(word)}", help)


def _overview(strong: tuple[str, str]) -> Iterator[str]:
    """Yield a heading for each family, a line for each code."""
    width = max(len(entry.name) for entry in CODES.values())
    for i, (beginning, title) in enumerate(FAMILIES):
        yield f"{chr(10) if i else ''}{strong[0]}{title}{strong[1]}"
        members = ((code, entry) for code, entry in sorted(CODES.items()) if code.startswith(beginning))
        yield from (f"  {code}  {entry.name:{width}}  {entry.summary}" for code, entry in members)


def _explained(code: str, strong: tuple[str, str], width: int) -> Iterator[str]:
    entry = CODES[code]
    yield f"{strong[0]}{code} {entry.name}{strong[1]}: {entry.summary}\n"
    for paragraph in (entry.what, entry.why):
        yield _filled(paragraph, width)
    if entry.example is not None:
        yield textwrap.indent(entry.example.rendering, "  ")
    yield _filled(entry.remedy, width)
    if entry.severity == "warning" and code != "ARC799":
        yield _filled(_SILENCE.format(name=entry.name), width)


def _filled(paragraph: str, width: int) -> str:
    return textwrap.fill(paragraph, width, break_long_words=False, break_on_hyphens=False) + "\n"
