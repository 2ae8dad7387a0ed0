"""What the compiler says of the specs in this folder.

A fixture is a pair: `ARC301-words.toml` (or `.json`) with one mistake, and `ARC301-words.txt` with the
rendering, to the character, in 80 columns. Write the spec, run `python -m tests.broken`, read what it wrote.
"""

from __future__ import annotations

from pathlib import Path

from archc.plan.compile import compile_document
from archc.source.diagnostic import Diagnostic, SpecError
from archc.source.document import Document, read
from archc.source.render import render

FOLDER = Path(__file__).parent
SPECS = tuple(sorted(file.name for file in FOLDER.iterdir() if file.suffix in (".toml", ".json")))


def diagnostics(name: str) -> tuple[tuple[Diagnostic, ...], Document]:
    """All that is found in a spec of this folder, warnings included."""
    try:
        document = read(FOLDER / name)
        return compile_document(document).warnings, document
    except SpecError as error:
        return error.diagnostics, error.document


def rendering(name: str) -> str:
    """The diagnostics as text in 80 columns, files named as in this folder."""
    found, document = diagnostics(name)
    return render(found, document, width=80).replace(f"{FOLDER}/", "")
