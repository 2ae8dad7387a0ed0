"""`archc lsp`."""

from __future__ import annotations

import argparse
import sys


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--stdio", action="store_true", help="talk on standard input and output, which it does anyway"
    )
    parser.add_argument("--docs-url", metavar="URL", help="where the codes' pages are, for links to them")


def run(arguments: argparse.Namespace) -> int:
    """Serve an editor until it says good-bye."""
    from archc.lsp.server import serve

    if sys.stdin.isatty():
        sys.stderr.write("archc lsp is started by an editor, which talks to it here; Ctrl-C ends it\n")
    serve(arguments.docs_url)
    return 0
