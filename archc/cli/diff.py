"""`archc diff A B`: what changes between two specs, or a spec and a run."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from archc.cli.compared import compared
from archc.cli.faults import colored, terminal_width
from archc.cli.specs import add_modified
from archc.files.errors import WorldError

if TYPE_CHECKING:
    from archc.views.compare.compare import Comparison


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    what = "a spec, a run's folder, or - for standard input"
    parser.add_argument("before", metavar="A", help=what)
    parser.add_argument("after", metavar="B", help=what)
    parser.add_argument(
        "--format", choices=("text", "markdown", "json"), default="text", help="how to show it"
    )
    parser.add_argument("--full", action="store_true", help="every layer; the blocks are not folded")
    add_modified(parser)
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 where the two differ")


def run(arguments: argparse.Namespace) -> int:
    """Print the differences; return 0, or with --exit-code 1 where there are any."""
    from archc.views.compare.compare import compare

    if arguments.before == arguments.after == "-":
        raise WorldError("standard input holds one spec", "name a file for the other")
    before, after = (
        compared(path, modified=arguments.modified) for path in (arguments.before, arguments.after)
    )
    found = compare(
        before.compiled,
        after.compiled,
        (before.name, after.name),
        checkpoint=before.checkpoint,
        full=arguments.full,
    )
    sys.stdout.write(_rendered(found, arguments.format))
    return int(found.differs and arguments.exit_code)


def _rendered(found: Comparison, format: str) -> str:
    if format == "json":
        from archc.views.compare.json import diff_json

        return diff_json(found)
    if format == "markdown":
        from archc.views.compare.markdown import diff_markdown

        return diff_markdown(found)
    from archc.views.compare.text import diff_text

    return diff_text(found, color=colored(sys.stdout), width=terminal_width())
