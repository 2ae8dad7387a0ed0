"""Where a project keeps the bodies it has recorded: `archc_bodies` beside a spec or above it."""

from __future__ import annotations

from pathlib import Path

from archc.run.layout import BODIES

FOLDER = BODIES  # a run holds its bodies as a project does
_HIGHEST = 4


def project_folders(document: str) -> tuple[Path, ...]:
    """Return the folders that bodies of the spec in the file `document` are looked for in, nearest first.

    `archc_bodies` in the spec's folder and in each one above it, as far as the repository's top (the folder
    with `.git`) and at most four levels up; then in the working directory. A document that is no file
    (`<stdin>`) is seen from the working directory. Nothing is read but whether `.git` is there.
    """
    here = Path.cwd()
    start = here if document.startswith("<") else (here / document).parent
    found = []
    for folder in (start, *start.parents)[: _HIGHEST + 1]:
        found.append(folder / FOLDER)
        if (folder / ".git").exists():
            break
    return tuple(dict.fromkeys((*found, here / FOLDER)))
