"""Commands that change the text of specs: whole or not at all, and only where the spec itself lies."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from archc.cli.faults import show
from archc.cli.specs import document_of
from archc.files.errors import WorldError, from_os_error, printable
from archc.source.document.discovery import Found, specs
from archc.source.document.document import SpecError

if TYPE_CHECKING:
    from archc.source.document.document import Document

Change = Callable[["Document"], str]
"""From a document to the text that is to take its place."""

Outcome = Literal["changed", "unchanged", "refused", "unread"]
_BOM = b"\xef\xbb\xbf"


def configure_rewriting(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of such a command."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="specs, folders of specs, or - for standard input, which is answered on standard output",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; list what would change, status 1"
    )
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change, status 1")
    parser.add_argument("--quiet", action="store_true", help="name no files")
    parser.add_argument(
        "--skip-others", action="store_true", help="leave out files that are no specs, even where named"
    )


def rewrite_all(arguments: argparse.Namespace, change: Change, *, keep_mark: bool) -> int:
    """Change every spec; return 1 where one is at fault, or would change under --check or --diff."""
    named = specs(arguments.paths, skip_others=arguments.skip_others)
    outcomes = [_changed(found, arguments, change, keep_mark) for found in named]
    shown = arguments.check or arguments.diff
    if outcomes and not arguments.quiet and arguments.paths != ["-"]:
        sys.stdout.flush()
        sys.stderr.write(_summary(outcomes, shown) + "\n")
    if "unread" in outcomes:
        return 2
    return int("refused" in outcomes or (shown and "changed" in outcomes))


def _changed(found: Found, arguments: argparse.Namespace, change: Change, keep_mark: bool) -> Outcome:
    try:
        if found.missing is not None:
            raise found.missing
        document = document_of(found.name, [])
        text = change(document)
        changed = text != document.text
        if found.name == "-" and not (arguments.check or arguments.diff):
            print_spec(text)
        elif changed:
            _make(document, text, arguments, keep_mark)
        return "changed" if changed else "unchanged"
    except SpecError as error:
        show(error)
        return "refused"
    except WorldError as error:
        sys.stderr.write(f"error: {error}\n")
        return "unread"


def _make(document: Document, text: str, arguments: argparse.Namespace, keep_mark: bool) -> None:
    """Shows the change, or makes it."""
    if arguments.diff:
        sys.stdout.write(_diff(document, text))
        return
    if not arguments.check:
        rewrite(document, text, keep_mark=keep_mark)
    if not arguments.quiet:
        sys.stdout.write(f"{printable(document.name)}\n")


def _diff(document: Document, text: str) -> str:
    from difflib import unified_diff

    from archc.source.text.cells import escaped

    name = printable(document.name)
    before, after = document.text.splitlines(), text.splitlines()
    lines = unified_diff(before, after, name, name, lineterm="")
    return "".join(f"{escaped(line)}\n" for line in lines)


def _summary(outcomes: list[Outcome], shown: bool) -> str:
    words: dict[Outcome, str] = {
        "changed": "would change" if shown else "changed",
        "unchanged": "as it should be" if len(outcomes) == 1 else "as they should be",
        "refused": "at fault",
        "unread": "not read",
    }
    return ", ".join(f"{outcomes.count(key)} {word}" for key, word in words.items() if key in outcomes)


def print_spec(text: str) -> None:
    """Write the text to standard output in UTF-8, with its own line ends, whatever the terminal says."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def rewrite(document: Document, text: str, *, keep_mark: bool = True) -> None:
    """Write `text` to the document's file, whose mode is kept, and its byte order mark with `keep_mark`.

    Raises:
        WorldError: the file may not be written, is a link that leads out of its folder, or has changed since
            it was read.
    """
    from archc.files.atomic import write_bytes

    place = _place(document.name)
    raw = _read(place)
    if raw.removeprefix(_BOM) != document.text.encode():
        raise WorldError(f"`{document.name}` has changed since it was read", "run the command again")
    mark = _BOM if keep_mark and raw.startswith(_BOM) else b""
    write_bytes(place, mark + text.encode())


def _place(name: str) -> Path:
    """Return the file to replace; a link within its own folder is followed, so that it stays a link."""
    path = Path(name)
    if not path.is_symlink():
        return path
    folder, real = path.parent.resolve(), path.resolve()
    if not real.is_relative_to(folder):
        raise WorldError(f"`{name}` is a link that leads out of its folder", f"name `{real}` itself")
    return real


def _read(place: Path) -> bytes:
    if not os.access(place, os.W_OK):
        raise WorldError(
            f"cannot write `{place}`: it is read-only", "change its permissions, or choose a copy elsewhere"
        )
    try:
        return place.read_bytes()
    except OSError as error:
        raise from_os_error("read", place, error) from error
