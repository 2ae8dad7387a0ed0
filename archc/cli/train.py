"""`archc train SPEC`: a run folder with weights, metrics and everything that made them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archc.cli.specs import add_spec, compiled, folder_of
from archc.files.errors import printable

if TYPE_CHECKING:
    from archc.plan.compile import Compiled
    from archc.run.folder import Run
    from archc.training.events import RunEnd

RUNS = Path("runs")
"""The folder, below the working one, of runs that were given none."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    add_spec(parser)
    parser.add_argument("-o", "--run", "--out", metavar="DIR", help="the run folder; default: runs/NAME-N")
    parser.add_argument("--device", help="cpu, cuda, cuda:1; default: a GPU where there is one")
    parser.add_argument("--bf16", action="store_true", help="compute in bfloat16 where it is safe")
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def run(arguments: argparse.Namespace) -> int:
    """Trains, and prints where the run is and how good its best epoch was."""
    result = compiled(arguments)
    folder, end = trained(
        result,
        folder_of(arguments.spec),
        folder=Path(arguments.run) if arguments.run else None,
        device=arguments.device,
        bf16=arguments.bf16,
        quiet=arguments.quiet,
    )
    best = ", ".join(f"{name} {value:.4f}" for name, value in end.best.metrics.items())
    sys.stdout.write(f"{printable(str(folder.path))}: {best} (epoch {end.best.epoch + 1})\n")
    return 0


def trained(
    result: Compiled,
    spec_dir: Path,
    *,
    folder: Path | None = None,
    device: str | None = None,
    bf16: bool = False,
    quiet: bool = False,
) -> tuple[Run, RunEnd]:
    """The run and its end. Nothing is written before the data has been looked at and the model stands."""
    from archc.cli.taken import tell
    from archc.data.datasets import open_data
    from archc.data.fitting import require_fit
    from archc.data.headers import require_readable, to_terminal
    from archc.files.errors import WorldError
    from archc.files.signals import Stopped, listening
    from archc.modules.materialize import materialize
    from archc.modules.starts import untold
    from archc.plan.groups.partition import parameter_groups
    from archc.run.create import discard_untrained, release
    from archc.training.engine import PlainEngine, choose_device
    from archc.training.fit import fit
    from archc.training.progress import show

    train = result.spec.train
    if train is None:
        raise WorldError("the spec has no [train]", "add [train] with at least one [[train.phases]]")
    engine = PlainEngine(choose_device(device), bf16=bf16)
    data = open_data(result.spec, spec_dir)
    require_readable((data.train, data.valid), say=None if quiet else to_terminal)
    require_fit(result.spec, result.plan, data)
    groups = parameter_groups(result.plan, train)
    module = materialize(result.plan, seed=train.seed, spec_dir=spec_dir, told=untold if quiet else tell)
    with listening() as stop, stop.keeping():
        made = _folder(result, spec_dir, folder, str(engine.device))
        try:
            fitting = fit(result.spec, result.plan, module, data, groups, made, engine=engine, stop=stop)
            end = show(fitting, quiet=quiet)
        except Stopped as stopped:
            raise Stopped(stopped.number, _kept(made, result)) from None
        finally:
            discard_untrained(made)
            release(made.held)
    if end is None:
        raise WorldError("training ended before its first epoch", "look at the messages above")
    return made, end


def _kept(made: Run, result: Compiled) -> str:
    """Say how far the run came, and where its weights are."""
    from archc.files.signals import UNTRAINED
    from archc.run.unfinished import how_far

    if not made.last_weights.is_file():
        return UNTRAINED
    return f"{how_far(made, result.spec)}: `{made.last_weights}` has the weights of its last step"


def _folder(result: Compiled, spec_dir: Path, folder: Path | None, device: str) -> Run:
    import torch

    from archc.run.create import Record, create_run, next_run
    from archc.run.origin import origin
    from archc.training.environment import describe_environment
    from archc.views.text import plan_json

    train = result.spec.train
    document = result.document
    place = folder or RUNS / "run"  # of the folders in RUNS each sees the spec's folder alike
    record = Record(
        spec=document.text,
        form=document.format,
        plan=plan_json(result.plan),
        environment=describe_environment(
            torch.device(device), train.seed if train else None, **origin(spec_dir, place)
        ),
        overrides=[(path, value) for path, _, value in (flag.partition("=") for flag in document.flags)],
        bodies=_project_bodies(result),
    )
    if folder is None:
        return next_run(RUNS, result.plan.name, record)
    _require_apart(folder, result, spec_dir)
    return create_run(folder, record, reclaim=_note)


def _note(line: str) -> None:
    sys.stderr.write(f"note: {printable(line)}\n")


def _require_apart(folder: Path, result: Compiled, spec_dir: Path) -> None:
    """Raise `WorldError` where the run would lie among the class folders of its own data."""
    from archc.files.errors import WorldError
    from archc.files.within import resolve_root
    from archc.spec.data import ImageFolder, Pairs, Triplets

    data = result.spec.data
    of = data.of if isinstance(data, Pairs | Triplets) else data
    if not isinstance(of, ImageFolder):
        return
    root = resolve_root(of.root, spec_dir)
    splits = [of.train or "", *([of.valid] if isinstance(of.valid, str) else [])]
    for place in ((root / split).resolve() for split in splits):
        if folder.resolve().is_relative_to(place):
            raise WorldError(
                f"`{folder}` lies among the data in `{place}`: it would be taken for a class",
                "name a folder outside of the data with --run",
            )


def _project_bodies(result: Compiled) -> dict[str, str]:
    """The text of each body that the project recorded itself: a run stands alone."""
    from archc.bodies.catalog import project_file
    from archc.bodies.project import project_folders

    search = project_folders(result.document.name)
    files = {body.ref: project_file(body.ref, search) for body in result.plan.bodies}
    return {ref: path.read_text("utf-8") for ref, path in files.items() if path is not None}
