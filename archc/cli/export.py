"""`archc export SPEC|RUN --onnx [PATH]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archc.cli.specs import add_spec, bounds_of, compiled, folder_of
from archc.cli.writing import add_out, sparing
from archc.files.errors import WorldError, printable
from archc.files.path_part import path_part

if TYPE_CHECKING:
    from archc.export.onnx.write import ExportReport
    from archc.modules.plan_module import PlanModule
    from archc.plan.compile import Compiled


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_spec(parser, nargs="?", help="a run folder, or a spec whose weights then are as they start")
    parser.add_argument(
        "--onnx",
        metavar="PATH",
        nargs="?",
        help="write ONNX, which is the only form so far; the file is PATH, or NAME.onnx, by the spec's name: "
        "into the run's folder, of a spec into the working directory",
    )
    add_out(parser, "the file to write, as --onnx PATH", metavar="PATH")
    parser.add_argument(
        "--last", action="store_true", help="the weights of a run's last step, not of its best epoch"
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def run(arguments: argparse.Namespace) -> int:
    """Export, and print what was written and how well it agrees with torch."""
    _take_spec(arguments)
    result, module = _model(arguments)
    path = _place(arguments, result.plan.name)
    report = exported(result, module, path, quiet=arguments.quiet)
    sys.stdout.write(
        f"{printable(str(report.path))}: {report.nodes} nodes, {report.bytes / 1e6:.1f} MB, "
        f"opset {report.opset}; "
        f"largest scaled error against torch {report.worst:.1e} in {len(report.trials)} trials\n"
    )
    if report.sizes:
        sys.stdout.write(f"{printable(report.sizes)}\n")
    return 0


def _take_spec(arguments: argparse.Namespace) -> None:
    """Move what to export into `spec` where it stands behind `--onnx` as the only word."""
    if arguments.spec is None and not str(arguments.onnx or ".onnx").endswith(".onnx"):
        arguments.spec, arguments.onnx = arguments.onnx, None
    if arguments.spec is None:
        raise WorldError("which spec or run?", "archc export SPEC --onnx, or archc export RUN --onnx")
    if arguments.onnx and arguments.out:
        raise WorldError("two names for one file", "leave out --onnx's or --out's")


def _place(arguments: argparse.Namespace, name: str) -> Path:
    """Return the file to write."""
    if named := arguments.onnx or arguments.out:
        return sparing(named, arguments.spec)
    folder = Path(arguments.spec)
    return (folder if folder.is_dir() else Path()) / f"{path_part(name, 'model')}.onnx"


def exported(
    result: Compiled,
    module: PlanModule,
    path: Path,
    *,
    quiet: bool = False,
) -> ExportReport:
    """Export to `path` and return the report; progress and warnings go to standard error."""
    from archc.export.onnx.write import export_onnx

    report = export_onnx(
        result.plan,
        module,
        path,
        options=result.spec.export,
        spec_text=result.document.text,
        progress=(lambda line: None) if quiet else (lambda line: print(line, file=sys.stderr)),
    )
    for warning in report.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    return report


def _model(arguments: argparse.Namespace) -> tuple[Compiled, PlanModule]:
    if Path(arguments.spec).is_dir():
        from archc.training.checkpoint import saved

        if arguments.overrides:
            raise WorldError("a run keeps the spec it was trained with", "export without --set")
        model = saved(
            Path(arguments.spec),
            last=arguments.last,
            bounds=bounds_of(arguments),
            modified=arguments.modified,
        )
        if model.unfinished:
            sys.stderr.write(f"warning: {printable(model.unfinished)}\n")
        return model.compiled, model.module
    from archc.cli.taken import tell
    from archc.modules.materialize import materialize
    from archc.modules.starts import untold

    result = compiled(arguments)
    seed = result.spec.train.seed if result.spec.train else 0
    told = untold if arguments.quiet else tell
    folder = folder_of(arguments.spec)
    return result, materialize(result.plan, seed=seed, spec_dir=folder, told=told)
