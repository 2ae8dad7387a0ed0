"""`archc validate --fix`: what is mechanical is repaired in the file, and told in a line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator

from archc.cli.faults import show
from archc.cli.rewriting import print_spec, rewrite
from archc.cli.specs import bounds_of, document_of
from archc.files.errors import WorldError
from archc.plan.compile import compile_document
from archc.plan.repair import Repair, Repaired, repaired
from archc.source.document.discovery import Found
from archc.source.document.document import SpecError
from archc.source.document.edit import written
from archc.source.document.wording import counted
from archc.source.render.placement import MOST
from archc.source.text.cells import quoted
from archc.source.text.quoting import written_key


def mended(found: Iterable[Found], arguments: argparse.Namespace) -> Iterator[Found]:
    """Yield the same specs, each repaired in its file first; or why the file cannot be written."""
    for each in found:
        try:
            if each.missing is None and (result := _repaired(each.name, arguments)) and result.repairs:
                rewrite(result.repairs[0].document, result.document.text)
                _tell(result)
            yield each
        except WorldError as error:
            yield Found(each.name, error)


def standard_input(arguments: argparse.Namespace) -> int:
    """Write the repaired text to standard output, the rest to standard error; return 1 on errors."""
    if arguments.paths != ["-"]:
        raise WorldError("with --fix, standard input stands alone", "repair the files in a call of their own")
    result = _repaired("-", arguments)
    print_spec(result.document.text)
    _tell(result)
    if result.left:
        show(SpecError(result.left, result.document))
    return int(any(each.severity == "error" or arguments.strict for each in result.left))


def _repaired(path: str, arguments: argparse.Namespace) -> Repaired:
    bounds = bounds_of(arguments)
    try:
        document = document_of(path, arguments.overrides, stdin=arguments.stdin_filename)
        return Repaired(document, (), compile_document(document, bounds=bounds).warnings)
    except SpecError as error:
        return repaired(error, bounds)


def _tell(result: Repaired) -> None:
    sys.stdout.flush()
    for repair in result.repairs[:MOST]:
        sys.stderr.write(f"{_told(repair)}\n")
    if len(result.repairs) > MOST:
        sys.stderr.write(f"and {len(result.repairs) - MOST} more\n")
    if result.repairs:
        name = quoted(result.document.name, 200)
        sys.stderr.write(f"{name}: {counted(len(result.repairs), 'repair')}\n")


def _told(repair: Repair) -> str:
    fix, document = repair.diagnostic.fix, repair.document
    assert fix is not None
    at = fix.at or document.locate(fix.path, "key" if fix.action == "rename" else "value")
    place = f"{quoted(document.name, 200)}:{at.source.position(at.span.start).line}"
    if fix.action == "insert":
        return f"{place}: added `{fix.path[-1]}`"
    before = at.source.text[at.span.start : at.span.end]
    return f"{place}: `{quoted(before)}` is now `{quoted(_now(repair, before))}` ({repair.diagnostic.code})"


def _now(repair: Repair, before: str) -> str:
    """Return what the repair writes, as it stands in the text."""
    fix, format = repair.diagnostic.fix, repair.document.format
    assert fix is not None
    if fix.at is not None:
        return str(fix.to)
    return written_key(str(fix.to), format) if fix.action == "rename" else written(fix.to, before, format)
