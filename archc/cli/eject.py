"""`archc eject SPEC`: the model as PyTorch source that needs torch alone."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from archc.cli.specs import add_spec, compiled


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    add_spec(parser)
    parser.add_argument("--out", metavar="FILE.py", help="the file to write; default: standard output")


def run(arguments: argparse.Namespace) -> int:
    """Writes the source; the spec's weights are not in it, its way to start them is."""
    from archc.export.eject.write import eject
    from archc.files.atomic import write_text

    text = eject(compiled(arguments.spec, arguments.overrides).plan)
    if not arguments.out:
        sys.stdout.write(text)
        return 0
    write_text(Path(arguments.out), text)
    sys.stderr.write(f"wrote {arguments.out}\n")
    return 0
