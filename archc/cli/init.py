"""`archc init [FOLDER]`."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from archc.cli.rewriting import print_spec
from archc.cli.writing import add_out
from archc.files.errors import WorldError, printable
from archc.init.choices import (
    KINDS,
    Choices,
    Kind,
    fitting_kinds,
    usual_body,
    usual_kind,
    usual_size,
)
from archc.init.write import spec_text

if TYPE_CHECKING:
    from archc.bodies.catalog import BodyRecord
    from archc.init.found import Look

T = TypeVar("T")

_SIZE = re.compile(r"(\d{1,5})(?:[x×,](\d{1,5}))?")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", help="the folder of data to look at; without it a plain start"
    )
    parser.add_argument("--kind", choices=KINDS, help="the model's kind; default: what the data suggests")
    parser.add_argument(
        "--body", metavar="REF", help="such as torchvision/resnet34; `archc bodies` lists them"
    )
    parser.add_argument("--size", metavar="HxW", help="height and width in pixels, such as 224 or 360x480")
    parser.add_argument("--weights", metavar="NAME", help='"none", or a name of the body\'s weights')
    add_out(parser, "the spec to write; - for standard output")
    parser.add_argument("--force", action="store_true", help="replace the file where there is one")


def run(arguments: argparse.Namespace) -> int:
    """Look at the data, ask on a terminal for what no flag says, and write a valid spec."""
    look = _looked(arguments.folder)
    kind = _choice("kind", arguments.kind, usual_kind(look), lambda word: _kind(word, look))
    record = _choice("body", arguments.body, usual_body(look, kind), _record)
    usual = "x".join(map(str, usual_size(look, kind, record)))
    size = _choice("size", arguments.size, usual, _size)
    weights = _choice("weights", arguments.weights, _usual_weights(look, kind, record), str)
    name = _name(arguments.folder, kind)
    output = _choice("out", arguments.out, f"{name}.toml", str)
    if output != "-" and os.path.lexists(output) and not arguments.force:
        raise WorldError(f"`{output}` exists", "name another file with --out, or replace it with --force")
    root = _root(arguments.folder, output) if arguments.folder else ""
    for note in look.notes if look else ():
        sys.stderr.write(f"note: {printable(note)}\n")
    text = _valid(spec_text(look, Choices(name, kind, record, size, weights, root)), output)
    return _written(text, output)


def _looked(folder: str | None) -> Look | None:
    if folder is None:
        return None
    from archc.init.look import look

    return look(Path(folder))


def _choice(what: str, given: str | None, usual: str, read: Callable[[str], T]) -> T:
    """Return a choice: what a flag says, else what is said on a terminal, else the usual.

    On a terminal it is asked for again where it cannot be.
    """
    if given is not None:
        return read(given)
    while _somebody_there():
        try:
            return read(input(f"{what} [{usual}]: ").strip() or usual)
        except WorldError as error:
            sys.stderr.write(f"{error}\n")
        except EOFError:
            break
    return read(usual)


def _somebody_there() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _kind(word: str, look: Look | None) -> Kind:
    fitting = fitting_kinds(look)
    for kind in fitting:
        if kind == word:
            return kind
    listed = " or ".join(f"`{kind}`" for kind in fitting)
    if word in KINDS:
        raise WorldError(f"a `{word}` cannot learn from this data", f"it is data for {listed}")
    raise WorldError(f"there is no kind `{word}`", f"choose {listed}")


def _record(ref: str) -> BodyRecord:
    from archc.bodies.catalog import UnknownBody, find
    from archc.bodies.project import project_folders

    try:
        return find(ref if "/" in ref else f"torchvision/{ref}", project_folders("<init>"))
    except UnknownBody as unknown:
        raise WorldError(unknown.message, unknown.help) from None


def _size(text: str) -> tuple[int, int]:
    found = _SIZE.fullmatch(text)
    if not found or not int(found[1]) or found[2] == "0":
        raise WorldError(f"`{text}` is no size", "write height and width in pixels, such as 224 or 360x480")
    return int(found[1]), int(found[2] or found[1])


def _usual_weights(look: Look | None, kind: Kind, record: BodyRecord) -> str:
    """Return what the body's library publishes, for photographs; gray images and pairs start from scratch."""
    photographs = look is not None and look.channels == 3 and kind != "siamese"
    return record.default_weights if photographs and record.default_weights else "none"


def _name(folder: str | None, kind: str) -> str:
    stem = Path(folder).resolve().name if folder else kind
    return re.sub(r"[^a-z0-9_]+", "_", stem.lower()).strip("_") or kind


def _root(folder: str, output: str) -> str:
    """Return the data's folder as the spec says it: relative to the spec, absolute on another drive."""
    start = Path.cwd() if output == "-" else Path(output).resolve().parent
    try:
        return Path(os.path.relpath(Path(folder).resolve(), start)).as_posix()
    except ValueError:
        return Path(folder).resolve().as_posix()


def _valid(text: str, output: str) -> str:
    """Check the text and return it in canonical form. `SpecError` where a flag asks for the impossible."""
    from archc.cli.faults import show
    from archc.plan.compile import compile_document
    from archc.source.document.canonical import canonical
    from archc.source.document.document import SpecError, read_text

    name = "<stdout>" if output == "-" else output
    document = read_text(canonical(read_text(text, name)) or text, name)
    compiled = compile_document(document)
    if compiled.warnings:
        show(SpecError(compiled.warnings, document))
    return document.text


def _written(text: str, output: str) -> int:
    if output == "-":
        print_spec(text)
        return 0
    from archc.files.atomic import write_text

    write_text(output, text)
    sys.stdout.write(f"wrote {output}\n")
    sys.stderr.write(f"next: archc validate {output}; archc data {output}; archc train {output}\n")
    return 0
