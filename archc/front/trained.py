"""The trained model of a run, loaded and exported."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archc.export.onnx.write import ExportReport
    from archc.modules.plan_module import PlanModule
    from archc.plan.compile import Compiled
    from archc.training.checkpoint import Saved


def load(folder: Path, *, last: bool) -> Saved:
    """Return the model of a run; a run that did not finish is warned of.

    Raises:
        WorldError: the folder is no run, has no weights yet, or a file of it is not as archc wrote it.
    """
    from archc.training.checkpoint import saved

    found = saved(folder, last=last)
    if found.unfinished:
        warnings.warn(found.unfinished, stacklevel=3)
    return found


def export(model: Saved, path: str | os.PathLike[str] | None) -> ExportReport:
    """Write the ONNX file, `NAME.onnx` in the run's folder if no other is named; return the report."""
    from archc.files.path_part import path_part

    place = path or model.run.path / f"{path_part(model.compiled.plan.name, 'model')}.onnx"
    return written(model.compiled, model.module, Path(place))


def written(compiled: Compiled, module: PlanModule, path: Path) -> ExportReport:
    """Write the ONNX file with the spec's own options; return the report, whose warnings are warned of."""
    from archc.export.onnx.write import export_onnx

    options, text = compiled.spec.export, compiled.document.text
    report = export_onnx(compiled.plan, module, path, options=options, spec_text=text)
    for line in report.warnings:
        warnings.warn(line, stacklevel=4)
    return report
