"""`archc demo`: validate, build, train, export and predict, on handwritten digits that need no download."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from archc.cli.specs import add_overrides
from archc.source.document.overrides import with_overrides

if TYPE_CHECKING:
    from archc.plan.compile import Compiled
    from archc.run.folder import Run

SPEC = Path(__file__).with_name("digits.toml")
"""The same text as specs/digits.toml, which an installed archc has not; a test holds them equal."""

_SHOWN = 20
"""Held-out digits that are predicted before one's eyes."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("-o", "--run", "--out", metavar="DIR", help="the run folder; default: runs/digits-N")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    add_overrides(parser)


def run(arguments: argparse.Namespace) -> int:
    """Go the whole way and say where everything is."""
    from archc.cli.train import trained

    started = time.perf_counter()
    _step(1, "validate", "the spec is checked to the last shape, without torch")
    result = _compiled(arguments.overrides)
    _step(2, "build", "what the spec stands for")
    _show(result)
    _step(3, "train", "1,438 digits to learn from, 359 held out")
    folder = Path(arguments.run) if arguments.run else None
    made, end = trained(result, SPEC.parent, folder=folder, quiet=arguments.quiet)
    _step(4, "export", "to ONNX, compared with torch before the file appears")
    model = _export(made, quiet=arguments.quiet)
    _step(5, "predict", "held-out digits, with onnxruntime alone")
    right, shown = _predict(result, made, model)
    sys.stdout.write(
        f"\nvalidation accuracy {end.best.metrics['accuracy']:.1%}; {right} of {shown} digits right; "
        f"{time.perf_counter() - started:.0f} s in all\n"
        f"the run is {made.path}: spec, weights, metrics, {model.name}, digits\n"
        f"next: archc predict {model} {made.path / 'digits'}\n"
    )
    return 0


def _step(number: int, verb: str, what: str) -> None:
    sys.stdout.write(f"\n[{number}/5] {verb}: {what}\n")
    sys.stdout.flush()


def _compiled(overrides: list[str]) -> Compiled:
    from archc.plan.compile import compile_document
    from archc.source.document.document import read

    document = read(SPEC)
    result = compile_document(with_overrides(document, overrides) if overrides else document)
    sys.stdout.write(f"{SPEC.name}: fine\n")
    return result


def _show(result: Compiled) -> None:
    from archc.plan.totals import totals
    from archc.views.table import rows
    from archc.views.tables import layer_table, summary

    batch = result.spec.train.batch_size if result.spec.train else 1
    sys.stdout.write(
        layer_table(rows(result.plan, {}), result) + summary(totals(result.plan, batch), result, batch)
    )


def _export(made: Run, *, quiet: bool) -> Path:
    from archc.cli.export import exported
    from archc.training.checkpoint import saved

    model = saved(made.path)
    path = made.path / "model.onnx"
    report = exported(model.compiled, model.module, path, quiet=quiet)
    sys.stdout.write(f"{path}: {report.nodes} nodes, largest scaled error {report.worst:.1e}\n")
    return path


def _predict(result: Compiled, made: Run, model: Path) -> tuple[int, int]:
    """Return how many of the digits shown were right, and how many were shown.

    Their images are in the run.
    """
    from archc.data.datasets import open_data
    from archc.images.pixels import viewed
    from archc.runtime.outputs import Classes
    from archc.runtime.predict import predict
    from archc.runtime.session import open_model

    held_out = open_data(result.spec, SPEC.parent).valid
    folder = made.path / "digits"
    folder.mkdir()
    truths: list[int] = []
    paths: list[Path] = []
    for index in range(min(_SHOWN, len(held_out))):
        raw = held_out.load(index)
        assert raw.label is not None
        truths.append(raw.label)
        paths.append(folder / f"{index:02}_is_{raw.label}.png")
        viewed(raw.inputs["image"]).convert("L").save(paths[-1])
    right = 0
    for prediction, truth in zip(predict(open_model(model), paths), truths, strict=True):
        assert isinstance(prediction.first, Classes)
        best = prediction.first.best[0]
        right += best.index == truth
        mark = "" if best.index == truth else "   <- wrong"
        sys.stdout.write(f"  {prediction.paths[0].name}  {best.name} with {best.score:.1%}{mark}\n")
    return right, len(truths)
