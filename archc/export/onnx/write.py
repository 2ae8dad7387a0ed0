"""Export: build the file, prove it, and only then let it appear."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt
import torch
from onnx import ModelProto
from torch import nn

from archc.export.faults import ExportFault
from archc.export.onnx.graph import to_onnx
from archc.export.onnx.library_parts import traced_parts
from archc.export.onnx.metadata import attach, metadata, weights_sha256
from archc.export.onnx.parity import WARNS_ABOVE, Trial, prove
from archc.export.onnx.sessions import onnx_side, torch_side
from archc.files.atomic import replacing
from archc.plan.exporting import LARGEST_FILE, open_sizes, sizes_said
from archc.plan.plan import Plan
from archc.runtime.intact import seal_model
from archc.spec.document import Export


@dataclass(frozen=True, slots=True)
class ExportReport:
    """The report on an export: what was written, and how well it agrees with torch.

    Attributes:
        nodes: nodes of the graph.
        bytes: size of the file.
        sha256: of the weights, as in the file's metadata.
        trials: each comparison with its scaled error.
        seconds: wall time of writing, and of writing and proving.
        sizes: which heights and widths the file takes, and what keeps it to one; empty without an image.
        warnings: what the user should know though the file is good.
    """

    path: Path
    nodes: int
    bytes: int
    opset: int
    sha256: str
    trials: tuple[Trial, ...]
    write_seconds: float
    seconds: float
    warnings: tuple[str, ...]
    sizes: str = ""

    @property
    def worst(self) -> float:
        """The largest scaled error of all trials."""
        return max(t.error for t in self.trials)


def export_onnx(
    plan: Plan,
    module: nn.Module,
    path: Path | str,
    *,
    options: Export | None = None,
    spec_text: str = "",
    progress: Callable[[str], None] = lambda line: None,
) -> ExportReport:
    """Write one ONNX file with metadata at `path`, prove it equal to `module`, and return a report.

    Nothing is at `path` that was not before unless every trial passed. `module` is the plan's, on any device;
    it comes back in the mode it was in. The file says of its outputs what the plan does.

    Raises:
        ExportFault: the model has no exact form with these options, or is too large for one file.
        ParityError: the file disagrees with torch.
        WorldError: the file cannot be written.
    """
    options, path, started = options or Export(), Path(path), time.perf_counter()
    with _at_rest(module) as resting:
        state = {name: value.detach().numpy() for name, value in resting.state_dict().items()}
        _require_one_file(state)
        sha256 = weights_sha256(state)
        model = _written(plan, resting, state, options)
        attach(model, metadata(plan, options, spec_text=spec_text, sha256=sha256))
        with replacing(path) as temporary:
            size = temporary.write_bytes(model.SerializeToString())
            seal_model(temporary)
            nodes = len(model.graph.node)
            del model  # the file holds it; a proof needs the room
            written = time.perf_counter() - started
            progress(f"wrote {nodes} nodes in {written:.1f} s; comparing with torch")
            done = prove(
                plan,
                options,
                torch_side(plan, resting, options),
                onnx_side(temporary),
                lambda trial: progress(f"{trial}: scaled error {trial.error:.1e}"),
            )
    seconds = time.perf_counter() - started
    said = sizes_said(plan, options.dynamic)
    return ExportReport(
        path, nodes, size, options.opset, sha256, done, written, seconds, _warnings(done), said
    )


def _written(
    plan: Plan, module: nn.Module, state: Mapping[str, npt.NDArray[Any]], options: Export
) -> ModelProto:
    traced = traced_parts(plan, module, options.opset, open_sizes(plan, options.dynamic))
    return to_onnx(plan, state, options, traced)


@contextmanager
def _at_rest(module: nn.Module) -> Iterator[nn.Module]:
    """The module in evaluation mode while the block lasts; a copy where it is not on the CPU in float32."""
    tensors = [*module.parameters(), *module.buffers()]
    at_home = all(
        t.device.type == "cpu" and (not t.is_floating_point() or t.dtype == torch.float32) for t in tensors
    )
    resting = module if at_home else copy.deepcopy(module).cpu().float()
    modes = {m: m.training for m in resting.modules()}
    try:
        yield resting.eval()
    finally:
        for part, mode in modes.items():
            part.training = mode


def _require_one_file(state: Mapping[str, npt.NDArray[Any]]) -> None:
    total = sum(a.nbytes for a in state.values())
    if total > LARGEST_FILE:
        raise ExportFault(
            f"the weights take {total / 1e9:.1f} GB; one ONNX file holds at most {LARGEST_FILE / 1e9:.1f} GB",
            "choose a smaller body or decoder",
        )


def _warnings(done: Sequence[Trial]) -> tuple[str, ...]:
    return tuple(
        f"at {trial} the exported model differs from torch's by {trial.error:.1e} of its largest value"
        for trial in done
        if trial.error > WARNS_ABOVE
    )
