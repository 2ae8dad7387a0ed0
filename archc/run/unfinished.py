"""Runs that ended before their last epoch: why, how far they came, and which weights there are."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from archc.files.atomic import write_text
from archc.files.errors import WorldError
from archc.files.json_text import as_json
from archc.files.signals import Stopped
from archc.run.folder import Run
from archc.run.ledger import Ledger
from archc.run.lines import tail
from archc.spec.document import Spec


def note_end(run: Run, error: BaseException) -> None:
    """Write why the run ended before its time, where that can still be written."""
    cause = error.name if isinstance(error, Stopped) else str(error) or "SIGINT"
    with contextlib.suppress(WorldError):
        write_text(run.ended, as_json({"cause": cause, **_last_step(run)}, 1) + "\n")
        Ledger(run.path).close([run.ended.name])


def weights_of(run: Run, *, last: bool) -> Path:
    """Return the file of the best epoch's weights; the last step's if `last`, or if no epoch was measured.

    Raises:
        WorldError: the file is gone, or there were no weights yet.
    """
    measured = run.metrics.is_file() or bool(tail(run.epochs))
    chosen = run.last_weights if last or not (measured or run.weights.is_file()) else run.weights
    if chosen.is_file():
        return chosen
    if not measured and not run.last_weights.is_file():
        raise WorldError(f"`{run.path}` has no {run.weights.name}", "train it for at least one epoch")
    other = ", or take the weights of its last step: --last" if run.last_weights.is_file() else ""
    raise WorldError(f"`{chosen}` is not there, and the run measured epochs", f"copy the run again{other}")


def unfinished(run: Run, spec: Spec, weights: Path) -> str | None:
    """Return one line on a run without its final metrics, read with `weights`; None of a finished one."""
    if run.metrics.is_file():
        return None
    kept = "of its last step" if weights == run.last_weights else "of its best epoch so far"
    return f"`{run.path}` {_ended(run)}{how_far(run, spec)}: these are the weights {kept}"


def how_far(run: Run, spec: Spec) -> str:
    """Return `in epoch 3 of 30`, or the like."""
    epochs = sum(phase.epochs for phase in spec.train.phases) if spec.train else 0
    step = _last_step(run)
    return f"in epoch {step['epoch'] + 1} of {epochs}" if step else f"before the first of {epochs} epochs"


def _ended(run: Run) -> str:
    try:
        cause = str(json.loads(run.ended.read_text("utf-8"))["cause"])
    except FileNotFoundError:
        return "was killed, or is still running, "
    except (OSError, ValueError, KeyError, TypeError):
        return "did not finish: it ended "
    how = f"by {cause}" if cause.startswith("SIG") and cause.isalnum() else f"({cause})"
    return f"was stopped {how} "


def _last_step(run: Run) -> dict[str, int]:
    """Return epoch and step, from 0, of the last whole line of the steps; nothing where there is none."""
    for line in reversed(tail(run.steps)):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            record: Any = json.loads(line)
            return {"epoch": int(record["epoch"]), "step": int(record["step"])}
    return {}
