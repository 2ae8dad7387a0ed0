"""Models from spec or run to module, and back from a run's folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from archc.data.examples import ONLY
from archc.files.errors import WorldError
from archc.files.manifest import MODIFIED, require_weights
from archc.files.safetensors_header import read_header
from archc.files.seal import KEY
from archc.modules.build import build
from archc.modules.plan_module import PlanModule
from archc.modules.starts import restore
from archc.plan.bounds import USUAL, Bounds
from archc.plan.classes import class_names
from archc.plan.compile import Compiled, compile_document
from archc.source.document.document import read
from archc.source.document.overrides import flags_of_run, with_overrides
from archc.training.run_folder import Run, open_run
from archc.training.unfinished import unfinished, weights_of


@dataclass(frozen=True, slots=True)
class Saved:
    """A trained model with what its run knows of it: `targets` are the class names of each, by its name;
    `unfinished` says how far a run came that did not finish.
    """

    run: Run
    compiled: Compiled
    module: PlanModule
    classes: tuple[str, ...]
    targets: Mapping[str, tuple[str, ...]]
    unfinished: str | None = None


def saved(
    folder: Path,
    *,
    last: bool = False,
    overrides: Sequence[str] = (),
    bounds: Bounds = USUAL,
    modified: bool = False,
) -> Saved:
    """The model of a run, with the weights of its best epoch, or of its last step.

    `overrides` come after the run's own, such as where the data lies now. `modified` takes a run whose files
    were changed since archc wrote them.

    Of a run that was stopped before its first epoch was measured there are the last step's alone.

    Raises:
        WorldError: the folder is no run, has no weights yet, they do not fit its spec, or a file of it is not
            as archc wrote it.
        SpecError: the run's spec does not hold under this version.
    """
    run = open_run(folder, modified=modified)
    weights = weights_of(run, last=last)
    flags = [*flags_of_run(run.overrides), *overrides]
    document = read(run.spec)
    compiled = compile_document(with_overrides(document, flags) if flags else document, bounds=bounds)
    module = build(compiled.plan, initialize=False)
    restore(module, weights, modified=modified)
    told = read_header(weights).metadata
    if not modified:
        _require_own(run, weights, told)
    classes = _classes(told, compiled)
    note = unfinished(run, compiled.spec, weights)
    return Saved(run, compiled, module.to(torch.float32), classes, _targets(told, classes), note)


def _require_own(run: Run, weights: Path, told: Mapping[str, str]) -> None:
    """Raise `WorldError` where the weights are of another run, or of another spec.

    The manifest is read after the weights: of a run that is still going on it knows them by then.
    """
    require_weights(run.path, weights.name, told.get(KEY, ""))
    for key, path in (("archc.spec", run.spec), ("archc.overrides", run.overrides)):
        if told.get(key) != path.read_text("utf-8"):
            raise WorldError(
                f"`{weights}` was trained by another spec than `{path}`", f"copy the run again; {MODIFIED}"
            )


def _classes(told: Mapping[str, str], compiled: Compiled) -> tuple[str, ...]:
    """The names that training found: of folders and tables, the spec alone may not know them."""
    found = told.get("archc.classes")
    return tuple(map(str, json.loads(found))) if found else class_names(compiled.spec)


def _targets(told: Mapping[str, str], classes: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The class names of each target; of a file that knows but one, the classes."""
    if "archc.targets" not in told:
        return {ONLY: classes}
    return {name: tuple(map(str, found)) for name, found in json.loads(told["archc.targets"]).items()}
