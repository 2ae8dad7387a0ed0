"""What commands that take one spec have in common: reading it with overrides, compiling it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archc.files.errors import WorldError
from archc.source.diagnostic import SpecError
from archc.source.document import Document, read, read_text

if TYPE_CHECKING:
    from archc.plan.compile import Compiled


def add_spec(
    parser: argparse.ArgumentParser, *, name: str = "spec", help: str = "a TOML or JSON spec, or a run folder"
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
    """The document in a file, in a run folder, or on standard input for `-`, with overrides applied."""
    if path == "-":
        document = read_text(sys.stdin.read(), "<stdin>")
    elif Path(path).is_dir():
        document, said = _of_run(Path(path))
        overrides = [*said, *overrides]
    else:
        document = read(path)
    return document.with_overrides(overrides) if overrides else document


def _of_run(folder: Path) -> tuple[Document, list[str]]:
    """The spec of a run and what its command line changed; without `archc.training`, which brings torch."""
    for name in ("spec.toml", "spec.json"):
        if (folder / name).is_file() and (folder / "overrides.json").is_file():
            changed = json.loads((folder / "overrides.json").read_text("utf-8"))
            return read(folder / name), [f"{path}={value}" for path, value in changed]
    raise WorldError(f"`{folder}` is not a run", "name a spec, or a folder that `archc train` made")


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
    place = Path(path).resolve()
    return Path.cwd() if path == "-" else place if place.is_dir() else place.parent
