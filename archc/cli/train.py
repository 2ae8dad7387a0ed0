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


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_spec(parser)
    parser.add_argument("-o", "--run", "--out", metavar="DIR", help="the run folder; default: runs/NAME-N")
    parser.add_argument("--device", help="cpu, cuda, cuda:1; default: a GPU where there is one")
    parser.add_argument(
        "--bf16", action="store_true", help="compute in bfloat16 (autocast); weights stay float32"
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def run(arguments: argparse.Namespace) -> int:
    """Train, and print where the run is and how good its best epoch was."""
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
    """Train, and return the run and its end; write nothing before the data and the model are found good."""
    from archc.cli.taken import tell
    from archc.data.headers import to_terminal
    from archc.files.errors import WorldError
    from archc.files.signals import Stopped, listening
    from archc.modules.starts import untold
    from archc.run.create import discard_untrained, release
    from archc.training.fit import fit
    from archc.training.prepare import new_run, prepare
    from archc.training.progress import show

    prepared = prepare(
        result,
        spec_dir,
        device=device,
        bf16=bf16,
        say=None if quiet else to_terminal,
        told=untold if quiet else tell,
    )
    with listening() as stop, stop.keeping():
        made = new_run(prepared, folder, reclaim=_note)
        try:
            fitting = fit(
                result.spec,
                result.plan,
                prepared.module,
                prepared.data,
                prepared.groups,
                made,
                engine=prepared.engine,
                stop=stop,
            )
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


def _note(line: str) -> None:
    sys.stderr.write(f"note: {printable(line)}\n")
