"""`archc evaluate RUN`: the metrics of a run's model on its validation data, by torch or by onnxruntime."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archc.cli.limits import add_limits, limits_of
from archc.cli.specs import add_modified, add_overrides, bounds_of
from archc.files.errors import printable

if TYPE_CHECKING:
    from archc.data.datasets import Datasets
    from archc.data.examples import Examples
    from archc.runtime.session import Model
    from archc.training.checkpoint import Saved
    from archc.training.evaluate import Evaluation, Predict, Prepare
    from archc.training.objectives import Objective

_TRIALS = 400
"""Trials of one-shot classification: a standard error of at most 2.5 %."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="a run folder")
    parser.add_argument(
        "--onnx", metavar="PATH", help="measure this exported model instead, with onnxruntime"
    )
    parser.add_argument(
        "--last", action="store_true", help="the weights of the last step, not of the best epoch"
    )
    parser.add_argument(
        "--one-shot",
        metavar="WAYS",
        type=int,
        help="with pairs: also tell so many classes apart by one image of each, over 400 trials",
    )
    parser.add_argument(
        "--other-model",
        action="store_true",
        help="with --onnx: also a model that was not exported from these weights, which is refused otherwise",
    )
    add_modified(parser, "a run, or a model of --onnx,")
    parser.add_argument("--device", help="cpu, cuda, cuda:1; default: a GPU where there is one")
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_limits(parser)
    add_overrides(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the metrics, and the IoU of each class for class maps."""
    from archc.training.checkpoint import saved

    model = saved(
        Path(arguments.run),
        last=arguments.last,
        overrides=arguments.overrides,
        bounds=bounds_of(arguments),
        modified=arguments.modified,
    )
    if model.unfinished:
        sys.stderr.write(f"warning: {printable(model.unfinished)}\n")
    opened = _opened(model, arguments) if arguments.onnx is not None else None
    ready = _measurer(model, opened, arguments.device)
    found = _measured(model, ready)
    metrics = found.metrics(ready.objectives)
    if arguments.one_shot is not None:
        metrics |= _one_shot(ready, arguments.one_shot)
    iou = found.class_iou(ready.objectives)
    by_class = {} if iou is None else dict(zip(ready.data.classes, iou.tolist(), strict=True))
    if arguments.json:
        record: dict[str, Any] = {"metrics": metrics, "class_iou": by_class, "examples": found.examples}
        if arguments.onnx is None:  # an exported model may answer with probabilities, which no loss takes
            record["loss"] = found.loss
        sys.stdout.write(json.dumps(record, indent=1) + "\n")
        return 0
    values = "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())
    sys.stdout.write(f"{found.examples} {_examples(ready.data.valid)}: {values}\n")
    sys.stdout.writelines(f"  {printable(name):20} {value:.4f}\n" for name, value in by_class.items())
    return 0


@dataclass(frozen=True, slots=True)
class Measurer:
    """A model to measure: its predictions, the preparation of a batch for it, and the targets to compare."""

    predict: Predict
    prepare: Prepare
    objectives: tuple[Objective, ...]
    data: Datasets


def _opened(model: Saved, arguments: argparse.Namespace) -> Model:
    """Return the exported model to measure, which is the run's own unless another is asked for."""
    from archc.export.onnx.metadata import weights_sha256
    from archc.files.errors import WorldError
    from archc.runtime.session import open_model

    device = arguments.device
    opened = open_model(
        arguments.onnx,
        device="auto" if device is None else "cpu" if device == "cpu" else "cuda",
        modified=arguments.modified,
        limits=limits_of(arguments),
    )
    state = {name: tensor.numpy() for name, tensor in model.module.state_dict().items()}
    own = (model.compiled.document.text, weights_sha256(state))
    if arguments.other_model or own == (opened.description.spec, opened.description.sha256):
        return opened
    weights = model.run.last_weights if arguments.last else model.run.weights
    raise WorldError(
        f"`{arguments.onnx}` was not exported from `{weights}`: its weights or its spec are others",
        "export the run again, or compare with --last; --other-model measures it all the same",
    )


def _measurer(model: Saved, session: Model | None, device: str | None) -> Measurer:
    from archc.data.datasets import open_data
    from archc.data.fitting import require_fit
    from archc.data.headers import require_readable, to_terminal
    from archc.data.normalize import Normalizer
    from archc.run.origin import spec_folder
    from archc.training.engine import PlainEngine, choose_device
    from archc.training.objectives import make_objectives

    spec, plan = model.compiled.spec, model.compiled.plan
    data = open_data(spec, spec_folder(model.run.path))
    require_readable((data.valid,), say=to_terminal)
    require_fit(spec, plan, data)
    if session is not None:
        from archc.export.measure import OnnxPrepare, predictor

        cpu = choose_device("cpu")
        predict = predictor(session, plan)
        prepare = OnnxPrepare(session, plan.inputs, Normalizer.of(plan.inputs, cpu))
        return Measurer(predict, prepare, make_objectives(plan, data, cpu), data)
    engine = PlainEngine(choose_device(device))
    module = engine.placed(model.module).eval()
    normalizer = Normalizer.of(plan.inputs, engine.device, engine.channels_last)
    return Measurer(module, normalizer, make_objectives(plan, data, engine.device), data)


def _measured(model: Saved, ready: Measurer) -> Evaluation:
    """Return what the model answers on its validation data, in batches of the size it was trained with."""
    from archc.data.batches import Loading, open_batches
    from archc.training.evaluate import evaluate

    train = model.compiled.spec.train
    loading = Loading(
        size=ready.data.size,
        batch_size=train.batch_size if train else 8,
        workers=train.workers if train else None,
    )
    batches = open_batches(ready.data.valid, loading)
    return evaluate(ready.predict, batches.epoch(), ready.prepare, ready.objectives)


def _examples(valid: Examples) -> str:
    """Return what the examples are called."""
    from archc.data.kinds.pairs import Drawn

    if not isinstance(valid, Drawn):
        return "images"
    return "triplets" if valid.same is None else "pairs"


def _one_shot(ready: Measurer, ways: int) -> dict[str, Any]:
    """Return accuracy among any classes, and among those of one group where there are groups as large."""
    from archc.data.kinds.pairs import Drawn
    from archc.files.errors import WorldError
    from archc.training.one_shot import draw_trials, one_shot

    drawn = ready.data.valid
    if not isinstance(drawn, Drawn) or ways < 2:
        raise WorldError("one-shot classification needs data of kind pairs, and 2 ways or more")
    found = {}
    for name, within in ((f"one_shot_{ways}", False), (f"one_shot_{ways}_within_group", True)):
        if within and not any("/" in name for name in drawn.classes):
            continue
        trials = draw_trials(drawn, ways, _TRIALS, within=within)
        found[name] = one_shot(
            ready.predict, ready.prepare, ready.objectives[0], drawn, trials, ready.data.size
        )
    return found
