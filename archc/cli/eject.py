"""`archc eject SPEC`: the model as PyTorch source that needs torch alone."""

from __future__ import annotations

import argparse
import sys

from archc.cli.specs import add_spec, compiled
from archc.cli.writing import add_out, sparing
from archc.files.errors import printable


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_spec(parser)
    add_out(parser, "the file to write; default: standard output", metavar="FILE.py")


def run(arguments: argparse.Namespace) -> int:
    """Write the source; it starts its parameters as the spec says, without the spec's weights."""
    from archc.export.source.write import eject
    from archc.files.atomic import write_text

    text = eject(compiled(arguments).plan)
    if not arguments.out:
        sys.stdout.write(text)
        return 0
    write_text(sparing(arguments.out, arguments.spec), text)
    sys.stderr.write(f"wrote {printable(arguments.out)}\n")
    return 0
