"""`archc evaluate RUN`: the metrics of a run's model on its validation data, by torch or by onnxruntime."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archc.cli.specs import add_overrides
from archc.spec.model import Unet

if TYPE_CHECKING:
    from archc.training.evaluate import Evaluation
    from archc.training.metrics import MetricKind
    from archc.training.saved import Saved


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("run", metavar="RUN", help="a run folder")
    parser.add_argument(
        "--onnx", metavar="PATH", help="measure this exported model instead, with onnxruntime"
    )
    parser.add_argument(
        "--last", action="store_true", help="the weights of the last step, not of the best epoch"
    )
    parser.add_argument("--device", help="cpu, cuda, cuda:1; default: a GPU where there is one")
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_overrides(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the metrics, and the IoU of each class for class maps."""
    from archc.training.metrics import class_iou, summary
    from archc.training.saved import saved

    model = saved(Path(arguments.run), last=arguments.last, overrides=arguments.overrides)
    dense = isinstance(model.compiled.spec.model, Unet)
    found = _measured(model, arguments.onnx, arguments.device)
    wanted = model.compiled.spec.metrics
    usual: tuple[MetricKind, ...] = ("mean_iou", "pixel_accuracy") if dense else ("accuracy",)
    metrics = summary(found.matrix, wanted.kinds if wanted else usual)
    by_class = dict(zip(model.classes, class_iou(found.matrix).tolist(), strict=True)) if dense else {}
    if arguments.json:
        record = {"metrics": metrics, "class_iou": by_class, "examples": found.examples}
        sys.stdout.write(json.dumps(record, indent=1) + "\n")
        return 0
    values = "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())
    sys.stdout.write(f"{found.examples} images: {values}\n")
    sys.stdout.writelines(f"  {name:20} {value:.4f}\n" for name, value in by_class.items())
    return 0


def _measured(model: Saved, onnx: str | None, device: str | None) -> Evaluation:
    """What the model scores on its validation data, in batches of the size it was trained with."""
    from archc.data import Loading, Normaliser, open_batches, open_data
    from archc.training.engine import PlainEngine, choose_device
    from archc.training.evaluate import evaluate

    spec, plan = model.compiled.spec, model.compiled.plan
    data = open_data(spec, model.run.path)
    batches = open_batches(
        data.valid, Loading(size=data.size, batch_size=spec.train.batch_size if spec.train else 8)
    )
    if onnx is not None:
        from archc.export.measure import OnnxPredict, OnnxPrepare
        from archc.runtime.session import open_model

        session = open_model(onnx, device="auto" if device is None else "cpu" if device == "cpu" else "cuda")
        prepare = OnnxPrepare(session, Normaliser.of(plan.inputs, choose_device("cpu")))
        return evaluate(
            OnnxPredict(session, len(model.classes)), batches.epoch(), prepare, ignore=data.ignore
        )
    engine = PlainEngine(choose_device(device))
    module = engine.placed(model.module).eval()
    normaliser = Normaliser.of(plan.inputs, engine.device, engine.channels_last)
    return evaluate(module, batches.epoch(), normaliser, ignore=data.ignore)
