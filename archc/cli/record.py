"""`archc record [REF...]`: library bodies recorded into catalog files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "refs", metavar="REF", nargs="*", help="such as torchvision/resnet34; none: all of torchvision"
    )
    parser.add_argument(
        "--directory", metavar="DIR", required=True, help="where the files go, one for each body"
    )


def run(arguments: argparse.Namespace) -> int:
    """Records each body from its library, and says what was written."""
    from archc.modules.record import record_all
    from archc.modules.record_library import torchvision_names

    refs = arguments.refs or list(torchvision_names())
    for ref in refs:
        for path in record_all([ref], Path(arguments.directory)):
            sys.stdout.write(f"{path}\n")
    return 0
