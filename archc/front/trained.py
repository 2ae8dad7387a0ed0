"""The trained model of a run, loaded and exported."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from archc.front.warn import warn

if TYPE_CHECKING:
    from archc.export.onnx.write import ExportReport
    from archc.modules.plan_module import PlanModule
    from archc.plan.compile import Compiled
    from archc.training.checkpoint import Saved


def load(folder: Path, *, last: bool, modified: bool = False) -> Saved:
    """Return the model of a run; a run that did not finish is warned of.

    `modified` takes a run that was edited since archc wrote it.

    Raises:
        WorldError: the folder is no run, has no weights yet, or a file of it is not as archc wrote it.
    """
    from archc.training.checkpoint import saved

    found = saved(folder, last=last, modified=modified)
    if found.unfinished:
        warn(found.unfinished)
    return found


def export(model: Saved, path: str | os.PathLike[str] | None) -> ExportReport:
    """Write the ONNX file, `NAME.onnx` in the run's folder if no other is named; return the report."""
    from archc.files.path_part import path_part

    place = path or model.run.path / f"{path_part(model.compiled.plan.name, 'model')}.onnx"
    return written(model.compiled, model.module, Path(place))


def written(compiled: Compiled, module: PlanModule, path: Path) -> ExportReport:
    """Write the ONNX file with the spec's own options; return the report, whose warnings are warned of.

    Raises:
        TypeError: the module is not one of this plan.
    """
    from archc.export.onnx.write import export_onnx

    _require_own(compiled, module)
    options, text = compiled.spec.export, compiled.document.text
    report = export_onnx(compiled.plan, module, path, options=options, spec_text=text)
    for line in report.warnings:
        warn(line)
    return report


def _require_own(compiled: Compiled, module: PlanModule) -> None:
    """Raise `TypeError` where the module has not every tensor of the plan, of the same shape."""
    from torch import nn

    from archc.modules.build import build

    if isinstance(module, nn.Module):
        found = {name: tensor.shape for name, tensor in module.state_dict().items()}
        own = build(compiled.plan, device="meta", initialize=False).state_dict()
        if all(found.get(name) == tensor.shape for name, tensor in own.items()):
            return
    raise TypeError(f"the {type(module).__name__} is not a module that build() of this model returned")
