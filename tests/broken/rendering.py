"""What the compiler says of the specs in this folder.

A fixture is a pair: `ARC301-words.toml` (or `.json`) with one mistake, and `ARC301-words.txt` with the
rendering, to the character, in 80 columns. Write the spec, run `python -m tests.broken`, read what it wrote.

A spec may begin with comments such as `# --set train.batch_size=2`: it is then read with those flags. Specs
whose only mistake is their size are made here, and not kept.
"""

from __future__ import annotations

from pathlib import Path

from archc.plan.compile import compile_document
from archc.source.diagnostics.code_page import Example, with_example
from archc.source.diagnostics.codes import CODES, PAGES
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.document import Document, SpecError, read, read_bytes
from archc.source.document.overrides import with_overrides
from archc.source.render.text import render

FOLDER = Path(__file__).parent
FLAG = "# --set "
MADE = {
    "ARC003-large.toml": "archc = 1\n" + "# a line that says nothing\n" * 10_000,
    "ARC005-many.toml": f"archc = 1\nvalues = {[0] * 20_000}\n",
}
SPECS = tuple(sorted([*(f.name for f in FOLDER.iterdir() if f.suffix in (".toml", ".json")), *MADE]))


TYPICAL = (
    *(
        "ARC101-near",
        "ARC201-near",
        "ARC215-head",
        "ARC222-node",
        "ARC224-twice",
        "ARC226-node",
        "ARC303-width",
    ),
    *("ARC305-too-small", "ARC702-softmax", "ARC705-unet", "ARC714-pool", "ARC799-idle"),
)
"""The examples of codes whose first spec here is not the most telling one."""


def diagnostics(name: str) -> tuple[tuple[Diagnostic, ...], Document]:
    """All that is found in a spec of this folder, warnings included."""
    try:
        document = _document(name)
        return compile_document(document).warnings, document
    except SpecError as error:
        return error.diagnostics, error.document


def _document(name: str) -> Document:
    if name in MADE:
        return read_bytes(MADE[name].encode(), name)
    document = read(FOLDER / name)
    flags = [line.removeprefix(FLAG) for line in document.text.splitlines() if line.startswith(FLAG)]
    return with_overrides(document, flags) if flags else document


def rendering(name: str) -> str:
    """The diagnostics as text in 80 columns, files named as in this folder."""
    found, document = diagnostics(name)
    return render(found, document, width=80).replace(f"{FOLDER}/", "")


def examples() -> dict[str, Example]:
    """Return for each code a spec of this folder, and what is said of it."""
    found: dict[str, Example] = {}
    for name in sorted(SPECS, key=lambda each: each.rsplit(".", 1)[0] not in TYPICAL):
        if name[:6] in CODES and name[:6] not in found:
            format = name.rsplit(".", 1)[1]
            text = "" if name in MADE else (FOLDER / name).read_text("utf-8", errors="replace")
            found[name[:6]] = Example(format, text, _as_spec(rendering(name), name, format))
    return found


def pages() -> dict[str, str]:
    """Return the page of each code that has an example, with the example as it is today."""
    return {
        code: with_example((PAGES / f"{code}.md").read_text("utf-8"), example)
        for code, example in examples().items()
    }


def _as_spec(text: str, name: str, format: str) -> str:
    """A rendering that calls the file `spec.toml`."""
    return text.replace(name, f"spec.{format}")
