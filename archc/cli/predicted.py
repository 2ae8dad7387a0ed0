"""A prediction as a line of text, as a record of JSON, and as images in a folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from PIL import Image

from archc.files.errors import from_os_error
from archc.files.path_part import path_part, path_parts
from archc.images.pixels import viewed
from archc.images.reading import read_image
from archc.runtime.description import Description
from archc.runtime.inputs.image import ImageInput
from archc.runtime.outputs import Classes, ClassMap, Distances, Labels, Numbers, OutputValue, Ranked, Values
from archc.runtime.overlays import class_shares, write_class_map, write_overlay
from archc.runtime.predict import Failure, Prediction

_SHOWN = 6
"""Numbers of a vector that a line of text has room for."""


@dataclass(frozen=True, slots=True)
class Written:
    """The files of a class map, and the share of each class in it, most first."""

    class_map: Path
    overlay: Path
    shares: dict[str, float]


def with_images(prediction: Prediction, described: Description, folder: Path | None) -> dict[str, Written]:
    """Write and return the files in `folder` for each output that is a class map.

    Raises:
        WorldError: a file cannot be written.
    """
    written: dict[str, Written] = {}
    parts = path_parts((output.name for output in described.outputs), "output")
    for output in described.outputs:
        answer = prediction.outputs.get(output.name)
        if isinstance(answer, ClassMap) and folder is not None:
            several = len(described.outputs) > 1
            name = _stem(prediction.paths[0]) + (f"_{parts[output.name]}" if several else "")
            written[output.name] = _drawn(
                answer, output.classes, _image(prediction, described), folder / name
            )
    return written


def _image(prediction: Prediction, described: Description) -> Image.Image:
    """Return the first image that was predicted, to look at."""
    named = zip(described.inputs, prediction.paths, strict=True)
    given, path = next((given, path) for given, path in named if isinstance(given, ImageInput))
    return viewed(read_image(path, given.pixels))


def _stem(path: Path) -> str:
    """Return an image's name without suffix, as a name that can be printed."""
    return path.stem if path.stem.isprintable() else path_part(path.stem, "image")


def record_of(prediction: Prediction, written: Mapping[str, Written]) -> dict[str, object]:
    """Return what `--format json` shows: the keys of the only output, or several `outputs` by name."""
    records = {name: _record(answer, written.get(name)) for name, answer in prediction.outputs.items()}
    return _head(prediction.paths) | (
        next(iter(records.values())) if len(records) == 1 else {"outputs": records}
    )


def failure_record(failure: Failure) -> dict[str, object]:
    """Return what `--format json` shows in the place of a prediction: the image or images, and the fault."""
    return _head(failure.paths) | {"error": str(failure.fault)}


def lines_of(prediction: Prediction, written: Mapping[str, Written], threshold: float) -> list[str]:
    """Return a line; where there are several outputs, a line for each below it."""
    names = " ".join(str(path) for path in prediction.paths)
    lines = {
        name: _line(answer, written.get(name), prediction, threshold)
        for name, answer in prediction.outputs.items()
    }
    if len(lines) == 1:
        return [f"{names}: {next(iter(lines.values()))}"]
    return [names, *(f"  {name}: {line}" for name, line in lines.items())]


def _head(paths: tuple[Path, ...]) -> dict[str, object]:
    named = [str(path) for path in paths]
    return {"image": named[0]} if len(named) == 1 else {"images": named}


def _drawn(answer: ClassMap, names: tuple[str, ...], image: Image.Image, target: Path) -> Written:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise from_os_error("create", target.parent, error) from error
    class_map = target.with_name(f"{target.name}_classes.png")
    overlay = target.with_name(f"{target.name}_overlay.png")
    write_class_map(class_map, answer.classes, len(names))
    write_overlay(overlay, image, answer.classes, names)
    there = {name: round(share, 4) for _, name, share in class_shares(answer.classes, names)}
    return Written(class_map, overlay, there)


def _record(answer: OutputValue, written: Written | None) -> dict[str, object]:
    match answer:
        case Classes():
            return {"classes": _ranks(answer.best)}
        case Labels():
            return {"labels": _ranks(answer.held), "surest": _ranks([answer.surest])[0]}
        case Values():
            return {"values": dict(answer.values)}
        case Numbers():
            return {"numbers": answer.array.tolist()}
        case Distances():
            same = {} if answer.same is None else {"same": answer.same}
            return {"distances": list(answer.distances), **same, "nearest": answer.nearest + 1}
        case ClassMap():
            assert written is not None
            files = {"class_map": str(written.class_map), "overlay": str(written.overlay)}
            return {**files, "classes": written.shares}
        case _:
            assert_never(answer)


def _line(answer: OutputValue, written: Written | None, prediction: Prediction, threshold: float) -> str:
    match answer:
        case Classes():
            return _list(answer.best)
        case Labels():
            return _list(answer.held) or f"none reaches {threshold:g}; the surest is {_list([answer.surest])}"
        case Values():
            return "  ".join(f"{name} {value:.6g}" for name, value in answer.values)
        case Numbers():
            return _numbers(answer)
        case Distances():
            return _distances(answer, prediction)
        case ClassMap():
            assert written is not None
            shares = list(written.shares.items())[:3]
            return f"{written.overlay}  " + "  ".join(f"{name} {share:.1%}" for name, share in shares)
        case _:
            assert_never(answer)


def _numbers(answer: Numbers) -> str:
    shape = "x".join(map(str, answer.array.shape))
    flat = answer.array.ravel()
    shown = " ".join(f"{value:.4g}" for value in flat[:_SHOWN]) + (" ..." if flat.size > _SHOWN else "")
    return f"{shape} numbers: {shown}"


def _distances(answer: Distances, prediction: Prediction) -> str:
    if answer.same is not None:
        return f"{'same' if answer.same else 'different'}, distance {answer.distances[0]:.4g}"
    others = prediction.paths[1:]
    apart = "  ".join(f"{path} {far:.4g}" for path, far in zip(others, answer.distances, strict=True))
    return f"nearest is {others[answer.nearest]} (distances: {apart})"


def _ranks(ranked: Iterable[Ranked]) -> list[dict[str, object]]:
    return [{"class": one.name, "index": one.index, "score": one.score} for one in ranked]


def _list(ranked: Iterable[Ranked]) -> str:
    return "  ".join(f"{one.name} {one.score:.3f}" for one in ranked)
