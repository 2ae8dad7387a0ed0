"""`archc record REF...`: library bodies recorded into the project."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from archc.cli.writing import add_out


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "refs",
        metavar="REF",
        nargs="*",
        help="such as timm/convnext_atto; none, with --out: all of torchvision",
    )
    add_out(
        parser,
        "where the files go; default: archc_bodies in the working directory, where specs beside it and "
        "below it find them",
        metavar="DIR",
        earlier="--directory",
    )


def run(arguments: argparse.Namespace) -> int:
    """Record each body from its library, and print what was written."""
    from archc.bodies.catalog import shipped
    from archc.bodies.project import FOLDER
    from archc.files.errors import WorldError

    if not arguments.refs and arguments.out is None:
        raise WorldError("which body?", "archc record timm/convnext_atto, say")
    from archc.record.library import torchvision_names
    from archc.record.write import record_all

    for ref in arguments.refs or torchvision_names():
        for path in record_all([ref], Path(arguments.out or FOLDER)):
            sys.stdout.write(f"{path}\n")
            sys.stderr.write(_said(ref, path))
            if shipped(ref) is None:  # those are exported by archc's own tests
                _try_export(ref, path)
    return 0


def _try_export(ref: str, path: Path) -> None:
    """Note in the record whether the body can be exported; `archc validate` says it of each spec of it."""
    from importlib.util import find_spec

    from archc.bodies.reading import read_record
    from archc.files.atomic import write_text
    from archc.files.seal import KEY
    from archc.record.text import text_of

    text = path.read_text("utf-8")
    record = read_record(text, str(path), trusted=False)
    needed = ("onnx", "onnxruntime", *(("onnxscript",) if record.parts else ()))
    if lacking := [name for name in needed if find_spec(name) is None]:
        sys.stderr.write(f"{ref}: not tried whether it can be exported: `{lacking[0]}` is not installed\n")
        return
    from archc.export.trial import export_fault

    fault = export_fault(record)
    data = {key: value for key, value in json.loads(text).items() if key != KEY}
    write_text(path, text_of(data | {"export_fault": fault}))
    sys.stderr.write(f"{ref}: cannot be exported: {fault}\n" if fault else f"{ref}: can be exported\n")


def _said(ref: str, path: Path) -> str:
    """Return how far archc sees into what was recorded."""
    from archc.bodies.reading import read_record

    record = read_record(path.read_text("utf-8"), str(path), trusted=False)
    if record.in_one_piece:
        return f"{ref}: one piece, which its library builds\n"
    if record.parts:
        return (
            f"{ref}: linked, but for {record.parts} of {len(record.nodes)} nodes, which its library builds\n"
        )
    return f"{ref}: linked, all of its {len(record.nodes)} nodes are ops of archc\n"
