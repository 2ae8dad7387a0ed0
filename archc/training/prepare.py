"""A training made ready: its data looked at, its module with its first numbers, its run folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archc.bodies.catalog import project_file
from archc.bodies.project import project_folders
from archc.data.datasets import Datasets, open_data
from archc.data.fitting import require_fit
from archc.data.headers import require_readable
from archc.files.errors import WorldError
from archc.files.within import resolve_root
from archc.modules.materialize import materialize
from archc.modules.plan_module import PlanModule
from archc.modules.starts import Told, untold
from archc.plan.compile import Compiled
from archc.plan.groups.partition import ParameterGroup, parameter_groups
from archc.run.create import Record, create_run, next_run
from archc.run.folder import Run
from archc.run.origin import origin
from archc.spec.data import ImageFolder, Pairs, Triplets
from archc.spec.train import Train
from archc.training.engine import PlainEngine, choose_device
from archc.training.environment import describe_environment
from archc.views.text import plan_json

RUNS = Path("runs")
"""The folder, below the working one, of runs that were given none."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that a training needs but its run folder; `spec_dir` is where relative paths are seen from."""

    compiled: Compiled
    train: Train
    spec_dir: Path
    engine: PlainEngine
    data: Datasets
    groups: tuple[ParameterGroup, ...]
    module: PlanModule


def prepare(
    compiled: Compiled,
    spec_dir: Path,
    *,
    device: str | None = None,
    bf16: bool = False,
    say: Callable[[str], None] | None = None,
    told: Told = untold,
) -> Prepared:
    """Open the data, look at every image's header, and make the module. Nothing is written.

    Args:
        device: such as "cuda:1"; None is a GPU where there is one.
        say: is told how far the look at the images has come.
        told: is told what was taken of each file of weights.

    Raises:
        WorldError: the spec has no `[train]`, or its data or weights cannot be read or do not fit.
    """
    train = compiled.spec.train
    if train is None:
        raise WorldError("the spec has no [train]", "add [train] with at least one [[train.phases]]")
    engine = PlainEngine(choose_device(device), bf16=bf16)
    data = open_data(compiled.spec, spec_dir)
    require_readable((data.train, data.valid), say=say)
    require_fit(compiled.spec, compiled.plan, data)
    groups = tuple(parameter_groups(compiled.plan, train))
    module = materialize(compiled.plan, seed=train.seed, spec_dir=spec_dir, told=told)
    return Prepared(compiled, train, spec_dir, engine, data, groups, module)


def new_run(prepared: Prepared, folder: Path | None, *, reclaim: Callable[[str], None]) -> Run:
    """Create the run's folder, the next free `runs/NAME-N` where none is named.

    `reclaim` is told of an earlier run without a measured epoch that made room for this one.

    Raises:
        WorldError: the folder is taken, lies among the data, or cannot be written.
    """
    document = prepared.compiled.document
    place = folder or RUNS / "run"  # any folder in RUNS: the relative path to the spec is the same
    record = Record(
        spec=document.text,
        form=document.format,
        plan=plan_json(prepared.compiled.plan),
        environment=describe_environment(
            prepared.engine.device, prepared.train.seed, **origin(prepared.spec_dir, place)
        ),
        overrides=[(path, value) for path, _, value in (flag.partition("=") for flag in document.flags)],
        bodies=_project_bodies(prepared.compiled),
    )
    if folder is None:
        return next_run(RUNS, prepared.compiled.plan.name, record)
    _require_apart(folder, prepared)
    return create_run(folder, record, reclaim=reclaim)


def _require_apart(folder: Path, prepared: Prepared) -> None:
    """Raise `WorldError` where the run would lie among the class folders of its own data."""
    data = prepared.compiled.spec.data
    of = data.of if isinstance(data, Pairs | Triplets) else data
    if not isinstance(of, ImageFolder):
        return
    root = resolve_root(of.root, prepared.spec_dir)
    splits = [of.train or "", *([of.valid] if isinstance(of.valid, str) else [])]
    for place in ((root / split).resolve() for split in splits):
        if folder.resolve().is_relative_to(place):
            raise WorldError(
                f"`{folder}` lies among the data in `{place}`: it would be taken for a class",
                "name a folder outside of the data with --run",
            )


def _project_bodies(compiled: Compiled) -> dict[str, str]:
    """Return the text of each body that the project recorded itself: a run stands alone."""
    search = project_folders(compiled.document.name)
    files = {body.ref: project_file(body.ref, search) for body in compiled.plan.bodies}
    return {ref: path.read_text("utf-8") for ref, path in files.items() if path is not None}
