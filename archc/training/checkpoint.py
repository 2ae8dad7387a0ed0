"""Models from spec or run to module, and back from a run's folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from archc.files.safetensors_header import read_header
from archc.modules.build import build
from archc.modules.plan_module import PlanModule
from archc.modules.starts import restore
from archc.plan.bounds import USUAL, Bounds
from archc.plan.compile import Compiled, compile_document
from archc.plan.outputs import with_classes
from archc.run.folder import Run, flags_of, open_run
from archc.run.unfinished import unfinished, weights_of
from archc.run.weights_header import found_classes, require_own
from archc.source.document.document import read
from archc.source.document.overrides import with_overrides


@dataclass(frozen=True, slots=True)
class Saved:
    """A trained model. The plan's outputs have the class names that training found.

    `unfinished` says how far a run came that did not finish.
    """

    run: Run
    compiled: Compiled
    module: PlanModule
    unfinished: str | None = None


def saved(
    folder: Path,
    *,
    last: bool = False,
    overrides: Sequence[str] = (),
    bounds: Bounds = USUAL,
    modified: bool = False,
) -> Saved:
    """Return the model of a run, with the weights of its best epoch, or of its last step.

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
    flags = [*flags_of(run), *overrides]
    document = read(run.spec)
    compiled = compile_document(with_overrides(document, flags) if flags else document, bounds=bounds)
    module = build(compiled.plan, initialize=False)
    restore(module, weights, modified=modified)
    told = read_header(weights).metadata
    if not modified:
        require_own(run, weights, told)
    outputs = with_classes(compiled.plan.outputs, found_classes(told))
    compiled = compiled.changed(plan=compiled.plan.changed(outputs=outputs))
    return Saved(run, compiled, module.to(torch.float32), unfinished(run, compiled.spec, weights))
