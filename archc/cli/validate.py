"""`archc validate PATH...`"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from typing import Literal

from archc.cli.faults import colored, terminal_width
from archc.cli.specs import add_overrides, document_of
from archc.files.errors import WorldError, printable
from archc.source.diagnostic import SpecError


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help="specs, folders of specs, or - for standard input"
    )
    parser.add_argument("--format", choices=("full", "concise", "json"), default="full", help="how to report")
    parser.add_argument("--quiet", action="store_true", help="say nothing about specs that are fine")
    add_overrides(parser)


def run(arguments: argparse.Namespace) -> int:
    """Checks every spec; 1 where one is at fault, 2 where one cannot be read."""
    status = good = bad = 0
    for path, missing in _specs(arguments.paths):
        try:
            if missing is not None:
                raise missing
            good += _valid(path, arguments)
        except SpecError as error:
            bad += 1
            status = max(status, 1)
            _report(error, arguments.format)
        except WorldError as error:
            status = 2
            sys.stderr.write(f"error: {error}\n")
    if not arguments.quiet and arguments.format != "json":
        sys.stdout.write(f"{good} fine, {bad} at fault\n" if bad else f"{good} fine\n")
    return status


def _valid(path: str, arguments: argparse.Namespace) -> bool:
    from archc.plan.compile import compile_document

    result = compile_document(document_of(path, arguments.overrides))
    if result.warnings and not arguments.quiet:
        _report(SpecError(result.warnings, result.document), arguments.format)
    if not arguments.quiet and arguments.format == "full":
        sys.stdout.write(f"{printable(path)}: fine\n")
    return True


def _report(error: SpecError, format: str) -> None:
    from archc.source.render import render

    look: Literal["full", "concise", "json"] = format  # type: ignore[assignment]  # argparse has checked it
    sys.stdout.write(
        render(
            error.diagnostics, error.document, format=look, color=colored(sys.stdout), width=terminal_width()
        )
    )
    if look == "full":
        sys.stdout.write("\n")


def _specs(paths: list[str]) -> Iterator[tuple[str, WorldError | None]]:
    """The files named and those below named folders that look like specs; or what a folder lacks."""
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112 - pathlib is not needed for this
            yield path, None
            continue
        found = sorted(
            os.path.join(folder, name)  # noqa: PTH118
            for folder, _, names in os.walk(path)
            for name in names
            if name.endswith((".toml", ".json")) and _is_spec(os.path.join(folder, name))  # noqa: PTH118
        )
        if not found:
            remedy = "a spec is a .toml or .json file with the key archc"
            yield path, WorldError(f"{path}: no spec in this folder", remedy)
        yield from ((each, None) for each in found)


def _is_spec(path: str) -> bool:
    """Whether a file in a folder is a spec, and not some other TOML or JSON: it has the version key."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            text = file.read(65_536)
    except OSError:
        return True
    wanted = '"archc"' if path.endswith(".json") else "archc"
    lines = text.split("{", 1)[-1].split(",") if path.endswith(".json") else text.splitlines()
    return any(line.strip().startswith(wanted) and ("=" in line or ":" in line) for line in lines)
