"""Pictures through a model: read, resized, run in batches, and the answers in the pictures' own terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from archc.files.errors import WorldError
from archc.images.reading import read_image
from archc.runtime.answers import Answer, answer, compared
from archc.runtime.description import Description
from archc.runtime.images import prepared
from archc.runtime.session import Model

Array = npt.NDArray[Any]
SizeRule = Literal["model", "keep"]

DISTANCE = "distance"
"""What the answer is called that compares the embeddings of all outputs."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one picture, or of one group of as many pictures as it takes.

    Attributes:
        answers: by the outputs' names; embeddings that are compared have one answer, `DISTANCE`.
        arrays: what the model gave for each output, without the batch.
    """

    paths: tuple[Path, ...]
    answers: Mapping[str, Answer]
    arrays: Mapping[str, Array]

    @property
    def first(self) -> Answer:
        """The answer, the first where there are several."""
        return next(iter(self.answers.values()))


@dataclass(frozen=True, slots=True)
class _Item:
    paths: tuple[Path, ...]
    own_size: tuple[int, int]
    arrays: tuple[Array, ...]


def predict(
    model: Model,
    paths: Sequence[Path | str],
    *,
    size: SizeRule = "model",
    batch: int = 8,
    top: int = 5,
    threshold: float = 0.5,
) -> Iterator[Prediction]:
    """A prediction for each picture in order; for a model of several inputs, for each group of as many.

    Pictures are resized to the model's own size; with `size="keep"` they stay as they are, where the model
    allows it. A class map is chosen at the size the model worked at and brought to the first picture's own
    size by nearest neighbour, so that it holds no class the model did not choose. Of several labels those
    hold whose probability is at least `threshold`.

    Raises:
        WorldError: the model takes no pictures, or one cannot be read, or does not go with the model.
    """
    described = model.description
    require_pictures(model)
    if size == "keep" and not described.any_size:
        raise WorldError(
            f"`{model.path}` works at one size only", "leave out the wish to keep the pictures' size"
        )
    several = batch if "batch" in described.dynamic else 1
    for items in _batches(_items(described, paths, size), several):
        inputs = {p.name: np.stack([i.arrays[k] for i in items]) for k, p in enumerate(described.pictures)}
        found = model.run(inputs)
        _check(model, found, len(items))
        for place, item in enumerate(items):
            rows = {name: values[place] for name, values in found.items()}
            yield Prediction(item.paths, _answers(described, item, rows, top, threshold), rows)


def require_pictures(model: Model) -> None:
    """Nothing, if every input is a picture that a file can hold.

    Raises:
        WorldError: one is not; it says how such a model is run.
    """
    for given in model.description.pictures:
        if given.height == 0:
            name = Path(model.path).name
            raise WorldError(
                f"the input `{given.name}` is no picture: `archc predict` reads pictures",
                f'run it from Python: onnxruntime.InferenceSession("{name}").run(None, '
                f"{{{given.name!r}: array, ...}})",
            )


def _check(model: Model, found: Mapping[str, Array], count: int) -> None:
    """Nothing, if there is an answer of numbers for each picture: a file is a stranger's word."""
    for name, values in found.items():
        if values.ndim == 0 or len(values) != count or values.dtype.kind not in "fiub":
            raise WorldError(
                f"`{model.path}` answers `{name}` with something else than numbers for each picture",
                "export it again",
            )
    rows = {found[output.name].shape for output in model.description.outputs}
    if model.description.comparison is not None and (len(rows) > 1 or len(found) < 2):
        raise WorldError(f"`{model.path}` compares what cannot be compared", "export it again")


def _items(described: Description, paths: Sequence[Path | str], size: SizeRule) -> Iterator[_Item]:
    each = len(described.pictures)
    if len(paths) % each:
        were = "was" if len(paths) == 1 else "were"
        names = ", ".join(f"`{picture.name}`" for picture in described.pictures)
        raise WorldError(
            f"the model takes {each} pictures at a time; {len(paths)} {were} given",
            f"name them in this order: {names}",
        )
    for start in range(0, len(paths), each):
        group = tuple(Path(p) for p in paths[start : start + each])
        images = [read_image(p, given.pixels) for p, given in zip(group, described.pictures, strict=True)]
        arrays = []
        for image, given in zip(images, described.pictures, strict=True):
            wanted = (image.height, image.width) if size == "keep" else (given.height, given.width)
            arrays.append(prepared(image, given, wanted, described.preprocess))
        yield _Item(group, (images[0].height, images[0].width), tuple(arrays))


def _batches(items: Iterator[_Item], most: int) -> Iterator[list[_Item]]:
    """Up to `most` neighbours of one size at a time."""
    kept: list[_Item] = []
    for item in items:
        same = not kept or [a.shape for a in kept[0].arrays] == [a.shape for a in item.arrays]
        if kept and (len(kept) == most or not same):
            yield kept
            kept = []
        kept.append(item)
    if kept:
        yield kept


def _answers(
    described: Description, item: _Item, rows: Mapping[str, Array], top: int, threshold: float
) -> dict[str, Answer]:
    if described.comparison is not None:
        embeddings = tuple(rows[output.name] for output in described.outputs)
        return {DISTANCE: compared(embeddings, described.comparison)}
    return {
        output.name: answer(output, rows[output.name], item.own_size, top=top, threshold=threshold)
        for output in described.outputs
    }
