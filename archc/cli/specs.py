"""Shared steps of commands that take one spec: reading it with overrides, compiling it."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import TYPE_CHECKING

from archc.files.errors import WorldError, from_os_error
from archc.source.document.document import Document, SpecError, format_of, read, read_bytes
from archc.source.text.limits import BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from archc.plan.bounds import Bounds
    from archc.plan.compile import Compiled


def add_spec(
    parser: argparse.ArgumentParser,
    *,
    nargs: str | None = None,
    help: str = "a TOML or JSON spec, or a run folder",
) -> None:
    """Add the argument SPEC and the flag --set."""
    parser.add_argument("spec", metavar="SPEC", nargs=nargs, help=help)
    add_overrides(parser)
    add_modified(parser)


def add_modified(parser: argparse.ArgumentParser, what: str = "a run") -> None:
    """Add the flag --modified."""
    parser.add_argument(
        "--modified",
        action="store_true",
        help=f"take {what} that was edited since archc wrote it (refused by default)",
    )


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """Add the flag --set, and those that raise a bound."""
    parser.add_argument(
        "--set",
        dest="overrides",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        help="override a value of the spec by its path, such as train.batch_size=16; may be given again",
    )
    for name, what in _BOUNDS.items():
        parser.add_argument(f"--max-{name}", metavar="N", type=_count, help=f"allow a model {what}")


_BOUNDS = {
    "nodes": "of so many nodes; default: 20,000",
    "parameters": "of so many parameters; default: 4e9",
    "activation": "with so many values in a map of one image; default: 16e9",
}


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9_]{0,17}|[1-9][0-9]{0,2}e[0-9]{1,2}", text):
        raise argparse.ArgumentTypeError("expected a number, such as 5_000_000 or 8e9")
    return int(float(text)) if "e" in text else int(text)


def bounds_of(arguments: argparse.Namespace) -> Bounds:
    """Return how large a model may be: as usual, but for what the command line raises."""
    from archc.plan.bounds import USUAL

    given = {name: getattr(arguments, f"max_{name}", None) for name in _BOUNDS}
    return USUAL.changed(**{name: count for name, count in given.items() if count is not None})


def document_of(
    path: str, overrides: list[str], *, stdin: str = "<stdin>", modified: bool = False
) -> Document:
    """Return the document in a file, in a run folder, or on standard input for `-`, with overrides applied.

    `stdin` is what standard input is called; it is JSON where that ends so, or where it begins with `{`.
    `modified` takes a run whose files were changed since archc wrote them.
    """
    if path == "-":
        document = _standard_input(stdin)
    elif os.path.isdir(path):  # noqa: PTH112 - pathlib is not needed for this
        document, said = _of_run(path, modified=modified)
        overrides = [*said, *overrides]
    else:
        document = read(path)
    if not overrides:
        return document
    from archc.source.document.overrides import with_overrides

    return with_overrides(document, overrides)


def _of_run(folder: str, *, modified: bool) -> tuple[Document, list[str]]:
    """Return the spec of a run, and what its command line changed."""
    from pathlib import Path

    from archc.run.folder import flags_of, open_run

    run = open_run(Path(folder), modified=modified)
    return read(run.spec), flags_of(run)


def _standard_input(name: str) -> Document:
    if sys.stdin is None:
        raise WorldError("standard input is closed", "name the spec's file")
    try:
        raw = sys.stdin.buffer.read(BYTES + 4)  # more than is allowed, so that it is refused, but no more
    except OSError as error:
        raise from_os_error("read", name, error) from error
    begins = raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return read_bytes(raw, name, "json" if begins == b"{" else format_of(name))


def compiled(arguments: argparse.Namespace) -> Compiled:
    """Compile the spec that a command was given, and show its warnings."""
    from archc.cli.faults import show
    from archc.plan.compile import compile_document

    document = document_of(arguments.spec, arguments.overrides, modified=arguments.modified)
    result = compile_document(document, bounds=bounds_of(arguments))
    if result.warnings:
        show(SpecError(result.warnings, result.document))
    return result


def folder_of(path: str) -> Path:
    """Return the folder that relative paths in a spec start from."""
    from pathlib import Path

    from archc.run.origin import spec_folder

    place = Path(path).resolve()
    return Path.cwd() if path == "-" else spec_folder(place) if place.is_dir() else place.parent
