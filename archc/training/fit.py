"""A run from its first step to its folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from archc.data.datasets import Datasets
from archc.files.atomic import write_text
from archc.files.errors import WorldError
from archc.files.json_text import as_json
from archc.files.signals import Stop, Stopped
from archc.files.version import __version__
from archc.plan.groups.partition import ParameterGroup
from archc.plan.plan import Plan
from archc.run.folder import Run
from archc.run.ledger import Ledger
from archc.run.lines import lines
from archc.run.unfinished import note_end
from archc.run.weights_header import weights_header
from archc.spec.document import Spec
from archc.training.deterministic import deterministic
from archc.training.engine import Engine, PlainEngine, choose_device
from archc.training.events import EpochEnd, Progress, RunEnd, Step
from archc.training.loop import train
from archc.training.setup import make_course
from archc.weights.files import save_weights


def fit(
    spec: Spec,
    plan: Plan,
    module: nn.Module,
    data: Datasets,
    groups: Sequence[ParameterGroup],
    run: Run | None = None,
    *,
    device: torch.device | None = None,
    bf16: bool = False,
    engine: Engine | None = None,
    stop: Stop | None = None,
) -> Iterator[Progress]:
    """Train `module` as the spec says and yield what happens, after `run`'s folder has been told.

    `module` is moved to `device` (None: the GPU where there is one) and ends with the last step's
    weights; the best epoch's are in `run.weights`. However it ends short of a kill, `run.last_weights` then
    holds the module as it was after the last good step, if there was one.

    Args:
        bf16: compute in bfloat16 where autocast says it is safe; weights stay float32.
        engine: another engine, in place of `device` and `bf16`.
        stop: where signals are heard that end the run after the step that they come in.

    Raises:
        WorldError: data that cannot be read, a loss that is not finite, a folder that cannot be written.
        Stopped: `stop` has heard a signal.
    """
    engine = engine or PlainEngine(device or choose_device(), bf16=bf16)
    course = make_course(spec, plan, module, data, groups, engine, stop)
    with deterministic(spec.train is not None and spec.train.deterministic == "strict"):
        if run is None:
            yield from train(course)
            return
        try:
            yield from _recorded(train(course), run, course.module, data)
        except (Stopped, WorldError, KeyboardInterrupt) as error:
            note_end(run, error)
            raise
        except GeneratorExit:  # who reads the events reads no further
            if not run.metrics.is_file():
                note_end(run, GeneratorExit("by its caller"))
            raise


def _recorded(
    progress: Iterator[Progress], run: Run, module: nn.Module, data: Datasets
) -> Iterator[Progress]:
    targets = {name: facts.classes for name, facts in data.targets.items()}
    header = weights_header(run, __version__, data.classes, targets)
    ledger = Ledger(run.path)

    def save(path: Path) -> None:
        announce = partial(ledger.announce, path.name)
        save_weights(path, module.state_dict(), header, before=announce)
        ledger.settle(path.name)

    with ExitStack() as files:
        files.callback(ledger.close, [path.name for path in (run.steps, run.epochs, run.metrics)])
        write_step = files.enter_context(lines(run.steps))
        write_epoch = files.enter_context(lines(run.epochs))
        for event in progress:
            match event:
                case Step():
                    if event.step == 0:  # from here on, whatever ends the run leaves its last weights
                        files.callback(save, run.last_weights)
                    write_step(asdict(event))
                case EpochEnd():
                    if event.best:
                        save(run.weights)
                    write_epoch(_epoch_record(event, data.classes))
                case RunEnd():
                    write_text(run.metrics, as_json(_metrics_record(event, data.classes), 1) + "\n")
            yield event


def _epoch_record(end: EpochEnd, classes: tuple[str, ...]) -> dict[str, Any]:
    """Return the epoch as plain data, with each class's intersection over union where there are maps."""
    record = asdict(end)
    del record["class_iou"]
    return record | ({"class_iou": dict(zip(classes, end.class_iou, strict=True))} if end.class_iou else {})


def _metrics_record(end: RunEnd, classes: tuple[str, ...]) -> dict[str, Any]:
    best, last = _epoch_record(end.best, classes), _epoch_record(end.last, classes)
    return {"best": best, "last": last, "seconds": end.seconds}
