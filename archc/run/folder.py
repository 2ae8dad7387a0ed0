"""A run, by its folder: where each of its files lies (`archc.run.layout`)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from archc.files.errors import WorldError, from_os_error
from archc.run.layout import (
    ENDED,
    ENVIRONMENT,
    EPOCHS,
    LAST_WEIGHTS,
    METRICS,
    OVERRIDES,
    PLAN,
    STEPS,
    WEIGHTS,
)
from archc.run.manifest import spec_of_run


@dataclass(frozen=True, slots=True)
class Run:
    """A run's folder and the name of the spec in it; `held` is what keeps it locked while it is trained."""

    path: Path
    spec_name: str
    held: BinaryIO | None = field(default=None, compare=False, repr=False)

    @property
    def spec(self) -> Path:
        return self.path / self.spec_name

    @property
    def overrides(self) -> Path:
        return self.path / OVERRIDES

    @property
    def plan(self) -> Path:
        return self.path / PLAN

    @property
    def environment(self) -> Path:
        return self.path / ENVIRONMENT

    @property
    def steps(self) -> Path:
        return self.path / STEPS

    @property
    def epochs(self) -> Path:
        return self.path / EPOCHS

    @property
    def weights(self) -> Path:
        return self.path / WEIGHTS

    @property
    def last_weights(self) -> Path:
        return self.path / LAST_WEIGHTS

    @property
    def metrics(self) -> Path:
        return self.path / METRICS

    @property
    def ended(self) -> Path:
        return self.path / ENDED


def open_run(folder: Path, *, modified: bool = False) -> Run:
    """Return the run in `folder`, held against its manifest unless `modified`.

    Raises:
        WorldError: there is none, or a file of it is not as archc wrote it.
    """
    return Run(folder, spec_of_run(folder, modified=modified).name)


def flags_of(run: Run) -> list[str]:
    """Return what the command line of the run changed, each as `PATH=VALUE`.

    Raises:
        WorldError: the file cannot be read, or is not what a run writes.
    """
    path = run.overrides
    try:
        return [f"{key}={value}" for key, value in json.loads(path.read_text("utf-8"))]
    except OSError as error:
        raise from_os_error("read", path, error) from error
    except (ValueError, TypeError) as error:
        raise WorldError(f"`{path}` is not what archc wrote there", "copy the run again") from error
