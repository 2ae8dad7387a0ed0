"""What `archc diff` compares: specs, or folders of runs with the weights that they hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archc.cli.specs import document_of
from archc.files.errors import WorldError
from archc.source.overrides import flags_of_run

if TYPE_CHECKING:
    from archc.plan.compare_tensors import Shape
    from archc.plan.compile import Compiled


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the two: what it is called, its compiled spec, and the tensors of its weights if it has any."""

    name: str
    compiled: Compiled
    checkpoint: dict[str, Shape] | None = None


def compared(path: str) -> Compared:
    """A spec's file, standard input for `-`, or a run's folder: its spec under its own overrides.

    Raises:
        WorldError: what cannot be read, or is a folder and no run.
        SpecError: a spec that is at fault.
    """
    from archc.plan.compile import compile_document

    folder = Path(path)
    if path == "-" or not folder.is_dir():
        document = document_of(path, [])
        return Compared(document.name, compile_document(document))
    spec = next((s for s in (folder / "spec.toml", folder / "spec.json") if s.is_file()), None)
    if spec is None or not (folder / "plan.json").is_file():
        raise WorldError(f"`{path}` is not a run", "name a spec, or a folder that archc train wrote")
    kept = folder / "overrides.json"
    document = document_of(str(spec), flags_of_run(kept) if kept.is_file() else [])
    weights = folder / "weights.safetensors"
    return Compared(path, compile_document(document), _tensors(weights) if weights.is_file() else None)


def _tensors(path: Path) -> dict[str, Shape]:
    from archc.files.safetensors_header import read_header

    return {name: entry.shape for name, entry in read_header(path).tensors.items()}
