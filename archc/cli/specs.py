"""What commands that take one spec have in common: reading it with overrides, compiling it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archc.source.diagnostic import SpecError
from archc.source.document import Document, read, read_text

if TYPE_CHECKING:
    from archc.plan.compile import Compiled


def add_spec(
    parser: argparse.ArgumentParser, *, name: str = "spec", help: str = "a TOML or JSON spec"
) -> None:
    """The argument SPEC and the flag --set."""
    parser.add_argument(name, metavar=name.upper(), help=help)
    add_overrides(parser)


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """The flag --set."""
    parser.add_argument(
        "--set",
        dest="overrides",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        help="override a value of the spec by its path, such as train.batch_size=16; may be given again",
    )


def document_of(path: str, overrides: list[str]) -> Document:
    """The document in a file, or on standard input for `-`, with overrides applied."""
    document = read_text(sys.stdin.read(), "<stdin>") if path == "-" else read(path)
    return document.with_overrides(overrides) if overrides else document


def compiled(path: str, overrides: list[str]) -> Compiled:
    """The compiled spec; its warnings are shown."""
    from archc.cli.faults import show
    from archc.plan.compile import compile_document

    result = compile_document(document_of(path, overrides))
    if result.warnings:
        show(SpecError(result.warnings, result.document))
    return result


def folder_of(path: str) -> Path:
    """The folder that relative paths in a spec are seen from."""
    return Path.cwd() if path == "-" else Path(path).resolve().parent
