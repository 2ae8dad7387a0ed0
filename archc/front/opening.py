"""Opening what archc wrote: a run's folder, or an exported model."""

from __future__ import annotations

import json
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archc.files.errors import WorldError, from_os_error
from archc.front.compiled import CompiledModel
from archc.front.trained import export, load

if TYPE_CHECKING:
    from archc.export.onnx.write import ExportReport
    from archc.front.session import Session
    from archc.modules.plan_module import PlanModule
    from archc.training.checkpoint import Saved


def open(path: str | os.PathLike[str], *, modified: bool = False) -> Run | Session:
    """Open a run's folder as a `Run`, an exported `.onnx` file as a `Session`.

    `modified` takes what was changed on purpose since archc wrote it, such as by a quantizer.

    Raises:
        WorldError: there is no such file or folder, or it is not as archc wrote it.
    """
    if Path(path).is_dir():
        return Run(path, modified=modified)
    from archc.front.session import Session

    return Session(path, modified=modified)


class Run:
    """A trained model in its run folder: the weights of its best epoch, or of its last step if `last`."""

    def __init__(self, path: str | os.PathLike[str], *, last: bool = False, modified: bool = False) -> None:
        """Open the folder; `modified` takes one that was edited since archc wrote it.

        Raises:
            WorldError: it is no run, or a file of it is not as archc wrote it.
        """
        from archc.run.manifest import spec_of_run

        self.path, self.last, self.modified = Path(path), last, modified
        spec_of_run(self.path, modified=modified)

    @property
    def model(self) -> CompiledModel:
        """The spec that was trained, compiled."""
        from archc.run.origin import spec_folder

        made = CompiledModel(self._saved.compiled, spec_folder(self.path.resolve()))
        made.run = self.path
        return made

    @property
    def module(self) -> PlanModule:
        """The torch `nn.Module` with the trained weights."""
        return self._saved.module

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names of the first output, in the order of their numbers."""
        return self._saved.compiled.plan.outputs[0].classes

    @property
    def metrics(self) -> dict[str, Any]:
        """The metrics of the `best` and of the `last` epoch, as the run's `metrics.json` has them.

        Raises:
            WorldError: the run has not finished.
        """
        path = self.path / "metrics.json"
        try:
            found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise from_os_error("read", path, error) from error
        except ValueError as error:
            raise WorldError(f"`{path}` is not what archc wrote there", "copy the run again") from error
        return found

    def export(self, path: str | os.PathLike[str] | None = None) -> ExportReport:
        """Write the ONNX file, `NAME.onnx` in the run's folder if no other is named; return the report.

        Raises:
            WorldError: the model has no exact form with its options, or the file cannot be written.
        """
        return export(self._saved, path)

    @cached_property
    def _saved(self) -> Saved:
        return load(self.path, last=self.last, modified=self.modified)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"
