"""`archc predict MODEL IMAGE...`: class scores, or class maps with overlays; onnxruntime alone."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archc.files.errors import WorldError, printable

if TYPE_CHECKING:
    from archc.runtime.description import Description
    from archc.runtime.predict import Classes, ClassMap


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="an exported .onnx file")
    parser.add_argument("images", metavar="IMAGE", nargs="+", help="pictures, or folders of pictures")
    parser.add_argument(
        "--out", metavar="DIR", help="where class maps and overlays go (needed for class maps)"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--size", choices=("model", "keep"), default="model", help="keep: the pictures' own size"
    )
    parser.add_argument("--top", type=int, default=3, help="how many classes to show of each picture")
    parser.add_argument("--json", action="store_true", help="one line of JSON for each picture")


def run(arguments: argparse.Namespace) -> int:
    """Predicts each picture and prints what was found or written."""
    from archc.runtime.predict import ClassMap, predict
    from archc.runtime.session import open_model

    model = open_model(arguments.model, device=arguments.device)
    if model.description.task == "segmentation" and not arguments.out:
        raise WorldError("the model makes class maps and overlays", "say where they go: --out DIR")
    paths = list(_pictures(arguments.images))
    for prediction in predict(model, paths, size=arguments.size, top=arguments.top):
        if isinstance(prediction, ClassMap):
            record = _written(prediction, model.description, Path(arguments.out))
            line = f"{record['image']}: {record['overlay']}  {_shares(record['classes'])}"
        else:
            record, line = _ranked(prediction)
        sys.stdout.write((json.dumps(record) if arguments.json else printable(line)) + "\n")
    return 0


_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff")


def _pictures(named: Sequence[str]) -> Iterator[Path]:
    for name in named:
        path = Path(name)
        if not path.is_dir():
            yield path
            continue
        found = sorted(p for p in path.iterdir() if p.suffix.lower() in _SUFFIXES)
        if not found:
            raise WorldError(f"no picture in {path}", f"pictures end in {', '.join(_SUFFIXES)}")
        yield from found


def _ranked(prediction: Classes) -> tuple[dict[str, object], str]:
    names = " ".join(str(path) for path in prediction.paths)
    best = "  ".join(f"{ranked.name} {ranked.score:.3f}" for ranked in prediction.best)
    classes = [{"class": r.name, "index": r.index, "score": r.score} for r in prediction.best]
    return {"image": names, "classes": classes}, f"{names}: {best}"


def _written(prediction: ClassMap, described: Description, folder: Path) -> dict[str, object]:
    """What was found in one picture, once its class map and overlay are in `folder`."""
    import numpy as np

    from archc.runtime.images import read_image
    from archc.runtime.overlays import write_class_map, write_overlay

    folder.mkdir(parents=True, exist_ok=True)
    source = prediction.paths[0]
    classes, overlay = folder / f"{source.stem}_classes.png", folder / f"{source.stem}_overlay.png"
    write_class_map(classes, prediction.classes, len(described.classes))
    write_overlay(overlay, read_image(source, 3), prediction.classes, described.classes)
    found, amounts = np.unique(prediction.classes, return_counts=True)
    shares = {
        described.class_name(int(found[i])): round(float(amounts[i]) / prediction.classes.size, 4)
        for i in np.argsort(-amounts, kind="stable")
    }
    return {"image": str(source), "class_map": str(classes), "overlay": str(overlay), "classes": shares}


def _shares(classes: object) -> str:
    assert isinstance(classes, dict)
    return "  ".join(f"{name} {share:.1%}" for name, share in list(classes.items())[:3])
