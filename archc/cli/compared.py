"""The two sides of `archc diff`: specs, or folders of runs with the weights that they hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archc.cli.specs import document_of

if TYPE_CHECKING:
    from archc.plan.compile import Compiled
    from archc.views.compare.tensors import Shape


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the two: what it is called, its compiled spec, and the tensors of its weights if it has any."""

    name: str
    compiled: Compiled
    checkpoint: dict[str, Shape] | None = None


def compared(path: str, *, modified: bool = False) -> Compared:
    """Return a spec's file, standard input for `-`, or a run's folder: its spec under its own overrides.

    `modified` takes a run whose files were changed since archc wrote them.

    Raises:
        WorldError: what cannot be read, is a folder and no run, or a run that was changed.
        SpecError: a spec that is at fault.
    """
    from archc.plan.compile import compile_document
    from archc.run.layout import WEIGHTS

    folder = Path(path)
    if path == "-" or not folder.is_dir():
        document = document_of(path, [])
        return Compared(document.name, compile_document(document))
    document = document_of(path, [], modified=modified)
    weights = folder / WEIGHTS
    held = _tensors(weights, modified=modified) if weights.is_file() else None
    return Compared(path, compile_document(document), held)


def _tensors(path: Path, *, modified: bool) -> dict[str, Shape]:
    from archc.files.safetensors_header import read_intact_header
    from archc.files.seal import KEY
    from archc.run.manifest import require_weights

    header = read_intact_header(path, modified=modified)
    if not modified:
        require_weights(path.parent, path.name, header.metadata.get(KEY, ""))
    return {name: entry.shape for name, entry in header.tensors.items()}
