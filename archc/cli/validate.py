"""`archc validate PATH...`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from typing import Literal, assert_never, get_args

from archc.cli.reports import Sarif, for_github, for_people, for_programs
from archc.cli.specs import add_overrides, bounds_of
from archc.cli.verdicts import Tally, Verdict, verdicts
from archc.source.document.discovery import specs
from archc.source.render.workspace import STDIN

Format = Literal["full", "concise", "json", "github", "sarif"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help="specs, folders of specs, or - for standard input"
    )
    parser.add_argument("--format", choices=get_args(Format), default="full", help="how to report")
    parser.add_argument("--sarif", metavar="FILE", help="also write a SARIF report there")
    parser.add_argument("--docs-url", metavar="URL", type=_url, help="where SARIF says the codes' pages are")
    parser.add_argument(
        "--fix",
        action="store_true",
        help="correct what has one possible correction; of - write the text to standard output",
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing about specs that are fine")
    parser.add_argument("--strict", action="store_true", help="warnings put a spec at fault too")
    parser.add_argument(
        "--skip-others", action="store_true", help="leave out files that are no specs, even where named"
    )
    parser.add_argument(
        "--stdin-filename", metavar="NAME", default=STDIN, help="the name of what standard input holds"
    )
    parser.add_argument("--no-cache", action="store_true", help=argparse.SUPPRESS)  # of a cache that is gone
    add_overrides(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check every spec; return 1 where one is at fault, 2 where one cannot be read."""
    tally = Tally()
    found = specs(arguments.paths, skip_others=arguments.skip_others)
    if arguments.fix:
        from archc.cli.repairs import mended, standard_input

        if "-" in arguments.paths:
            return standard_input(arguments)
        found = mended(found, arguments)
    judged: Iterable[Verdict] = verdicts(
        found,
        arguments.overrides,
        tally,
        strict=arguments.strict,
        stdin=arguments.stdin_filename,
        bounds=bounds_of(arguments),
    )
    sarif = Sarif() if arguments.sarif or arguments.format == "sarif" else None
    _report(sarif.gathered(judged) if sarif else judged, tally, arguments)
    if sarif:
        _write_sarif(sarif.text(tally.status, arguments.docs_url), arguments)
    if not arguments.quiet:
        stream = sys.stdout if arguments.format in ("full", "concise") else sys.stderr
        stream.write(f"{tally}\n")
        if tally.repairable and not arguments.fix:
            sys.stderr.write(f"{tally.repairable} of them can be repaired: archc validate --fix\n")
    return tally.status


def _report(judged: Iterable[Verdict], tally: Tally, arguments: argparse.Namespace) -> None:
    format: Format = arguments.format
    match format:
        case "full" | "concise":
            for_people(judged, concise=format == "concise", quiet=arguments.quiet)
        case "github":
            for_github(judged)
        case "json":
            for_programs(judged, tally)
        case "sarif":
            for _ in judged:
                pass
        case _:
            assert_never(format)


def _write_sarif(text: str, arguments: argparse.Namespace) -> None:
    if arguments.format == "sarif":
        sys.stdout.write(text)
    if arguments.sarif:
        from archc.files.atomic import write_text

        write_text(arguments.sarif, text)


def _url(text: str) -> str:
    if not re.fullmatch(r"https?://[!-~]+", text):
        raise argparse.ArgumentTypeError("expected an address that begins with https://")
    return text
