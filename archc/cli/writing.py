"""Where a command writes: the option, the same in every command, and what it never writes over."""

from __future__ import annotations

import argparse
from pathlib import Path

from archc.files.errors import WorldError


def add_out(
    parser: argparse.ArgumentParser, help: str, *, metavar: str = "FILE", earlier: str = "--output"
) -> None:
    """Add the option `-o`, `--out`, kept as `out`; `earlier` is another name that is still taken."""
    parser.add_argument("-o", "--out", metavar=metavar, help=help)
    parser.add_argument(earlier, dest="out", help=argparse.SUPPRESS)


def sparing(out: Path | str, spec: str, *, a_spec: bool = False) -> Path:
    """Return `out` as the path to write for the spec `spec`; with `a_spec`, a spec is written there.

    Raises:
        WorldError: it is that spec, or another one: what somebody wrote by hand would be lost.
    """
    place = Path(out)
    if _same(place, Path(spec)) or (not a_spec and _is_toml_spec(place)):
        raise WorldError(f"`{out}` is a spec: it would be overwritten", "choose another name")
    return place


def _same(place: Path, spec: Path) -> bool:
    try:
        return place.is_file() and place.samefile(spec)
    except OSError:
        return False


def _is_toml_spec(place: Path) -> bool:
    from archc.source.document.discovery import looks_like_spec

    if place.suffix != ".toml":
        return False
    try:
        return looks_like_spec(place.read_text("utf-8", errors="replace"), place.name)
    except OSError:
        return False
