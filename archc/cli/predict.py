"""`archc predict MODEL IMAGE...`: what an exported model says of images; onnxruntime alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archc.cli.limits import add_limits, limits_of
from archc.cli.specs import add_modified
from archc.cli.writing import add_out
from archc.files.errors import WorldError, printable
from archc.files.json_text import as_json

if TYPE_CHECKING:
    from archc.runtime.predict import Failure, Prediction
    from archc.runtime.session import Model

_ARRAYS = (".npy", ".npz")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="an exported .onnx file")
    parser.add_argument(
        "images",
        metavar="IMAGE",
        nargs="+",
        help="images, or folders of images; for a model of several inputs one for each input, in order, "
        "or a folder for each with equally named images",
    )
    add_out(
        parser,
        "a folder for class maps and overlays (needed for class maps); or FILE.npy or FILE.npz for what "
        "the model gave, such as embeddings: one row for each image",
        metavar="PATH",
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--size",
        choices=("model", "keep"),
        default="model",
        help="model: the size it was trained at (default); keep: the images' own, or the nearest it takes",
    )
    parser.add_argument(
        "--top", type=_count, default=3, help="how many classes to show of each image (default: 3)"
    )
    parser.add_argument(
        "--threshold",
        type=_share,
        default=0.5,
        help="of several labels an image: the probability from which one holds (default: 0.5)",
    )
    add_modified(parser, "a model")
    add_limits(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json: a line for each")
    parser.add_argument("--json", dest="format", action="store_const", const="json", help="--format json")


def run(arguments: argparse.Namespace) -> int:
    """Predict each image and print what was found or written; those that cannot be read are named."""
    from archc.cli.predict_paths import groups_of
    from archc.runtime.predict import Failure, How, predict_each
    from archc.runtime.session import open_model

    limits = limits_of(arguments)
    model = open_model(arguments.model, device=arguments.device, limits=limits, modified=arguments.modified)
    out = Path(arguments.out) if arguments.out else None
    arrays = out if out is not None and out.suffix.lower() in _ARRAYS else None
    _check_place(model, out, arrays)
    groups = groups_of(arguments.images, model, maps=out is not None and arrays is None)
    how = How(arguments.size, top=arguments.top, threshold=arguments.threshold)
    kept: list[Prediction] = []
    failed = 0
    for found in predict_each(model, groups, how):
        if isinstance(found, Failure):
            failed += 1
            _print_failure(found, arguments)
        elif arrays is None:
            _print(found, model, out, arguments)
        else:
            kept.append(found)
    if arrays is not None and kept:
        _write_arrays(arrays, model, kept, failed)
    if failed and len(groups) > 1:
        sys.stderr.write(f"error: {failed} of {len(groups)} have no prediction\n")
    return 2 if failed else 0


def _print_failure(failure: Failure, arguments: argparse.Namespace) -> None:
    """A line on standard error, and with JSON a record in the place of the prediction's."""
    if arguments.format == "json":
        from archc.cli.predicted import failure_record

        sys.stdout.write(as_json(failure_record(failure), ascii=True) + "\n")
    sys.stdout.flush()
    sys.stderr.write(printable(f"error: {failure.fault}") + "\n")


def _print(prediction: Prediction, model: Model, out: Path | None, arguments: argparse.Namespace) -> None:
    from archc.cli.predicted import lines_of, record_of, with_images

    written = with_images(prediction, model.description, out)
    if arguments.format == "json":
        lines = [as_json(record_of(prediction, written), ascii=True)]
    else:
        lines = [printable(line) for line in lines_of(prediction, written, arguments.threshold)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _check_place(model: Model, out: Path | None, arrays: Path | None) -> None:
    outputs = model.description.outputs
    maps = any(output.task == "segmentation" for output in outputs)
    if arrays is None and out is not None and not maps:
        raise WorldError(
            f"the model makes no class maps for `{out}`", "--out FILE.npy or FILE.npz writes what it gives"
        )
    if out is None and maps:
        raise WorldError("the model makes class maps and overlays", "say where they go: --out DIR")
    if arrays is not None and arrays.suffix.lower() == ".npy" and len(outputs) > 1:
        names = ", ".join(f"`{output.name}`" for output in outputs)
        raise WorldError(f"the model has several outputs: {names}", "write them to one file: --out FILE.npz")


def _write_arrays(path: Path, model: Model, predictions: Sequence[Prediction], failed: int) -> None:
    import zipfile

    import numpy as np

    from archc.files.atomic import replacing

    stacked = {}
    for output in model.description.outputs:
        rows = [prediction.arrays[output.name] for prediction in predictions]
        if len({row.shape for row in rows}) > 1:
            raise WorldError(f"the answers `{output.name}` differ in size", "leave out --size keep")
        stacked[output.name] = np.stack(rows)
    with replacing(path) as temporary:
        if path.suffix.lower() == ".npy":
            np.save(temporary, next(iter(stacked.values())), allow_pickle=False)
        else:  # not numpy's `savez`, which has words that no output may be called
            with zipfile.ZipFile(temporary, "w") as archive:
                for name, stack in stacked.items():
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                        np.lib.format.write_array(entry, stack, allow_pickle=False)
    shapes = ", ".join(f"{name} {'x'.join(map(str, stack.shape))}" for name, stack in stacked.items())
    without = f", without {failed} of {len(predictions) + failed}" if failed else ""
    sys.stdout.write(printable(f"{path}: {shapes}{without}") + "\n")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a number from 1 on")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("must be a number between 0 and 1")
    return share
