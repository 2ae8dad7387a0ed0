"""`archc explain CODE`"""

from __future__ import annotations

import argparse
import sys

from archc.files.errors import WorldError
from archc.source.codes import CODES
from archc.source.suggest import nearest


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("code", metavar="CODE", nargs="?", help="a code such as ARC301; none lists all")


def run(arguments: argparse.Namespace) -> int:
    """Prints what a code means, why it is a fault, and what to do; or all codes."""
    if arguments.code is None:
        sys.stdout.writelines(f"{code}  {entry.summary}\n" for code, entry in sorted(CODES.items()))
        return 0
    code = arguments.code.upper()
    if code not in CODES:
        near = nearest(code, list(CODES))
        raise WorldError(
            f"there is no code {code}", f"did you mean {near}?" if near else "`archc explain` lists all"
        )
    entry = CODES[code]
    sys.stdout.write(
        f"{code} {entry.name}: {entry.summary}\n\n{entry.what}\n\n{entry.why}\n\n{entry.remedy}\n"
    )
    return 0
