"""`archc bodies [PATTERN]`: the catalog, or one body with its cuts, taps and skips."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from archc.bodies.catalog import BodyRecord, UnknownBody, find, names
from archc.bodies.project import project_folders
from archc.files.errors import WorldError
from archc.views.tables import aligned, count, shape_text

if TYPE_CHECKING:
    from archc.views.survey import CutPoint


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "pattern", metavar="PATTERN", nargs="?", help="a name, or part of one, or a pattern with *"
    )
    parser.add_argument(
        "--spec",
        metavar="SPEC",
        help="also the bodies that this spec finds; default: the working directory's",
    )
    parser.add_argument("--full", action="store_true", help="with one body: every node, not just its parts")


def run(arguments: argparse.Namespace) -> int:
    """List bodies, or show the one that is meant."""
    wanted = arguments.pattern
    search = project_folders(arguments.spec or "<here>")
    known = names(search)
    if wanted is not None and wanted in known:
        sys.stdout.write(_details(find(wanted, search), full=arguments.full))
        return 0
    found = [ref for ref in known if wanted is None or _matches(wanted, ref)]
    if not found:
        raise WorldError(f"no body matches {wanted}", _help(wanted, search))
    sys.stdout.write(_listing([find(ref, search) for ref in found]))
    return 0


def _matches(pattern: str, ref: str) -> bool:
    return fnmatchcase(ref, pattern) if "*" in pattern else pattern in ref


def _help(wanted: str, search: tuple[Path, ...]) -> str:
    try:
        find(wanted, search)
    except UnknownBody as unknown:
        return unknown.help
    return "`archc bodies` lists all"


def _listing(records: list[BodyRecord]) -> str:
    lines = []
    for record in records:
        reductions = " ".join(str(r) for r in sorted({s.reduction for s in record.stages}))
        at_cut = _parts(record)[record.exit_of(record.cut)]
        channels = str(at_cut.out.shape[1])
        note = ", ".join(_notes(record))
        lines.append(
            [
                record.ref,
                f"{at_cut.parameters:,}",
                count(at_cut.multiply_adds),
                record.cut,
                channels,
                reductions,
                note,
            ]
        )
    header = ["body", "parameters", "mult-adds", "cut", "channels", "reductions", "note"]
    return aligned(header, lines, frozenset({1, 2, 4}))


def _parts(record: BodyRecord) -> tuple[CutPoint, ...]:
    from archc.ops.faults import ShapeFault
    from archc.views.survey import parts

    try:
        return parts(record, record.size)
    except ShapeFault as fault:
        help = f"archc record {record.ref} records it again"
        raise WorldError(f"the record of `{record.ref}` is no network: {fault.message}", help) from None


def _notes(record: BodyRecord) -> Iterator[str]:
    """Yield what is particular of a body that is linked, at least in part."""
    if record.fixed_size:
        yield f"{record.size[0]}x{record.size[1]} only"
    if record.in_one_piece:
        yield "one piece"
    elif record.parts:
        yield f"in parts: {record.parts} of {len(record.nodes)} nodes"


def _details(record: BodyRecord, *, full: bool) -> str:
    height, width = record.size
    lines = [
        f"{record.ref}: at {height}x{width}" + (" only" if record.fixed_size else ""),
        f"default cut: {record.cut}",
        f"weights: {', '.join(record.weights) or 'none published'}",
        f"children: {', '.join(record.children)}",
        *(f"note: {note}" for note in _notes(record)),
        "",
    ]
    return "\n".join(lines) + _cuts(record, full=full) + _skips(record)


def _cuts(record: BodyRecord, *, full: bool) -> str:
    found = _parts(record)
    units = {stage.node: stage.name for stage in record.stages}
    for child in record.children:
        if child in record.exits:
            units.setdefault(record.exits[child], child)
    shown = range(len(found)) if full else sorted(units, key=record.computed_at)
    lines = [
        [
            found[i].name if full else units[i],
            shape_text(found[i].out),
            f"{found[i].parameters:,}",
            count(found[i].multiply_adds),
        ]
        for i in shown
    ]
    return aligned(["cut or tap", "output", "parameters up to it", "mult-adds"], lines, frozenset({2, 3}))


def _skips(record: BodyRecord) -> str:
    step = next((s.reduction for s in reversed(record.stages)), 1)
    last = {s.reduction: s for s in record.stages if s.reduction < step}
    names_ = ", ".join(
        f"{last[r].name} (1/{r}, {last[r].channels} channels)" for r in sorted(last, reverse=True)
    )
    return f"\nskips a U-Net takes at the default cut: {names_}\n" if names_ else ""
