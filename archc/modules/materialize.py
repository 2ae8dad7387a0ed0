"""A plan with its numbers: from the weight files that it names, the rest from the seed."""

from __future__ import annotations

from pathlib import Path

import torch

from archc.modules.build import build
from archc.modules.plan_module import PlanModule
from archc.modules.starts import Places, Records, Told, from_files, start, untold
from archc.plan.plan import Plan
from archc.weights.download import Progress


def materialize(
    plan: Plan,
    *,
    device: str | torch.device = "cpu",
    seed: int | None = None,
    record_of: Records | None = None,
    directory: Path | None = None,
    spec_dir: Path | None = None,
    progress: Progress | None = None,
    told: Told = untold,
) -> PlanModule:
    """Return the plan's module on `device`, ready to train: from the weights it names, the rest by seed.

    Weight files with a relative path are looked for beside the spec, in `spec_dir`, then below the working
    directory. `told` is given what was taken of each file that is not a library's own.
    """
    module = build(plan, seed=seed, skip=from_files(plan))
    start(module, plan, Places(directory, spec_dir, progress), record_of=record_of, told=told)
    return module.to(device)
