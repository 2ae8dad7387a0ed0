"""A spec compiled: what `archc.compile` returns, from the layer table to the exported file."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from archc.files.errors import WorldError
from archc.front.source import Overrides, Source, document_of, folder_of
from archc.front.trained import export, load, written
from archc.front.warn import warn
from archc.plan.compile import Compiled, compile_document
from archc.plan.plan import Plan
from archc.plan.totals import totals
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.document import Document, SpecError
from archc.spec.document import Spec
from archc.views.tables import count, shape_text, whole_table

if TYPE_CHECKING:
    import torch

    from archc.export.onnx.write import ExportReport
    from archc.modules.plan_module import PlanModule
    from archc.training.events import Progress
    from archc.weights.select import Taken

_LOG = logging.getLogger("archc")

Weights = Literal["spec"] | str | os.PathLike[str] | None
"""Where a module's numbers come from: as the spec says; a run folder or `.safetensors` file of archc's; or
None, at random."""


def compile(source: Source, overrides: Overrides = ()) -> CompiledModel:
    """Check a spec down to every shape and return it compiled. No tensor library is imported.

    Args:
        source: a file's name; the text itself, of several lines or as JSON; or its data as a dictionary.
        overrides: values by their dotted paths, such as `{"train.phases.0.epochs": 1}`.

    Raises:
        SpecError: the spec is at fault; printed, it shows every fault at its place, `diagnostics` has them.
        WorldError: the file cannot be read.
    """
    try:
        return CompiledModel(compile_document(document_of(source, overrides)), folder_of(source))
    except SpecError as error:
        from archc.source.render.text import render

        told = "\n" + render(error.diagnostics, error.document)
        raise SpecError(error.diagnostics, error.document, told) from None


class CompiledModel:
    """A compiled spec. `print` shows its layers, a notebook draws them.

    Attributes:
        spec: the spec as typed values.
        plan: the graph: every layer with its shape, parameters and name.
        warnings: advice that stops nothing, as diagnostics.
        document: the text of the spec, with the place of every value.
        folder: where relative paths in the spec are seen from.
        run: the folder of the latest `fit`; None before.
    """

    def __init__(self, compiled: Compiled, folder: Path) -> None:
        self._compiled = compiled
        self.folder = folder
        self.run: Path | None = None

    @property
    def name(self) -> str:
        """The model's name: the spec's own, else that of its file."""
        return self.plan.name

    @property
    def spec(self) -> Spec:
        """The spec as typed values."""
        return self._compiled.spec

    @property
    def plan(self) -> Plan:
        """The graph: every layer with its shape, parameters and name."""
        return self._compiled.plan

    @property
    def document(self) -> Document:
        """The text of the spec, with the place of every value."""
        return self._compiled.document

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Advice that stops nothing, as diagnostics."""
        return self._compiled.warnings

    @property
    def parameters(self) -> int:
        """The number of parameters."""
        return totals(self.plan, 1).parameters

    def table(self, *, full: bool = False) -> str:
        """Return the layer table as text; blocks are folded into a row each, unless `full`."""
        return whole_table(self._compiled, full=full)

    def svg(self) -> str:
        """Return a drawing of the model as SVG."""
        from archc.views.drawing.svg import svg

        return svg(self.plan)

    def build(self, *, weights: Weights = "spec", device: str = "cpu", seed: int | None = None) -> PlanModule:
        """Return the model as a torch `nn.Module` in training mode.

        Args:
            weights: "spec" reads or downloads what the spec names; None starts at random and reads nothing; a
                run folder or a `.safetensors` file that archc wrote of this model continues from there.
            seed: of what starts at random. Left out: the seed of `[train]`, else 0.

        Raises:
            WorldError: weights cannot be read, or do not fit; there is no such device.
        """
        from archc.modules.build import build
        from archc.modules.materialize import materialize
        from archc.training.engine import choose_device

        place = choose_device(device)
        if seed is None:
            seed = self.spec.train.seed if self.spec.train else 0
        if weights == "spec":
            return materialize(self.plan, device=place, seed=seed, spec_dir=self.folder, told=_tell)
        if weights is None:
            return build(self.plan, device=place, seed=seed)
        return _restored(build(self.plan, initialize=False), Path(weights), place)

    def fit(
        self, run: str | os.PathLike[str] | None = None, *, device: str | None = None, bf16: bool = False
    ) -> Iterator[Progress]:
        """Train as `[train]` says, yielding an event for each step and each epoch (`archc.events`).

        Training goes on as the events are read: `for event in model.fit(): ...`. What is read no further is
        stopped, and its last weights are kept.

        Args:
            run: the folder to write, which must not exist. Left out: the next free `runs/NAME-N`.
            device: such as "cuda:1". Left out: a GPU where there is one.
            bf16: compute in bfloat16 where autocast says it is safe; weights stay float32.

        Raises:
            WorldError: the spec has no `[train]`; data or weights cannot be read, or do not fit; the folder
                is taken; the loss is no longer finite.
        """
        from archc.run.create import discard_untrained, release
        from archc.training.fit import fit
        from archc.training.prepare import new_run, prepare

        prepared = prepare(self._compiled, self.folder, device=device, bf16=bf16, told=_tell)
        try:
            made = new_run(prepared, Path(run) if run is not None else None, reclaim=warn)
        except WorldError as error:
            raise _in_python(error) from None
        self.run = made.path
        try:
            yield from fit(
                self.spec, self.plan, prepared.module, prepared.data, prepared.groups, made,
                engine=prepared.engine,
            )  # fmt: skip
        finally:
            discard_untrained(made)
            release(made.held)

    def export(self, path: str | os.PathLike[str], module: PlanModule | None = None) -> ExportReport:
        """Write an ONNX file and prove it equal to the torch module; return the report.

        Args:
            module: a module that `build` returned, as it is now. Left out: the best epoch of the latest
                `fit`; before any, the weights that the spec starts from, with a warning where it
                names none.

        Raises:
            WorldError: the model has no exact form with these options, or the file cannot be written.
            TypeError: the module is not one that `build` returned.
        """
        if module is None and self.run is not None:
            return export(load(self.run, last=False), path)
        if module is None:
            module = self._started()
        return written(self._compiled, module, Path(path))

    def _started(self) -> PlanModule:
        """Return the module as it starts; where no number of it comes from a file, that is warned of."""
        from archc.modules.starts import from_files

        module, loaded = self.build(), from_files(self.plan)
        if not any(map(loaded, module.state_dict())):
            warn("what is exported is random: nothing was trained, and the spec names no weights")
        return module

    def __repr__(self) -> str:
        inputs = ", ".join(f"{given.name} {shape_text(given.type)}" for given in self.plan.inputs)
        return f"CompiledModel({self.name!r}, {inputs}, {count(self.parameters) or 0} parameters)"

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        from archc.front.html import page

        return page(self.name, self.table(), self.svg())


def _restored(module: PlanModule, place: Path, device: torch.device) -> PlanModule:
    import torch

    from archc.modules.starts import restore

    if place.is_dir():
        from archc.run.folder import open_run
        from archc.run.unfinished import weights_of

        place = weights_of(open_run(place), last=False)
    restore(module, place)
    return module.to(torch.float32).to(device)


def _in_python(error: WorldError) -> WorldError:
    """Return the fault with the argument in its remedy that stands for the command's flag."""
    help = error.help and error.help.replace("--run ", "run=").replace("--run", "run=")
    return WorldError(error.message, help)


def _tell(taken: Taken) -> None:
    """Log what was taken of a file of weights."""
    from archc.weights.report import lines

    for line in lines(taken):
        _LOG.info(line)
