"""Images through a model: read, resized, run in batches, and the outputs in the images' own terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from archc.files.errors import WorldError, shortened
from archc.images.reading import read_image
from archc.runtime.description import Description
from archc.runtime.inputs import read, require_files
from archc.runtime.inputs.image import Load
from archc.runtime.limits import pixels_of
from archc.runtime.outputs import OutputValue, compared, output_value
from archc.runtime.session import NOT_FINITE, Model

Array = npt.NDArray[Any]
SizeRule = Literal["model", "keep"]

DISTANCE = "distance"
"""The name of the value that compares the embeddings of all outputs."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The prediction for one image, or for one group of as many images as the model takes.

    Attributes:
        outputs: by the outputs' names; embeddings that are compared have one answer, `DISTANCE`.
        arrays: what the model gave for each output, without the batch.
    """

    paths: tuple[Path, ...]
    outputs: Mapping[str, OutputValue]
    arrays: Mapping[str, Array]

    @property
    def first(self) -> OutputValue:
        """The value of the first output."""
        return next(iter(self.outputs.values()))


@dataclass(frozen=True, slots=True)
class Failure:
    """An image, or a group of them, without a prediction, and the reason."""

    paths: tuple[Path, ...]
    fault: WorldError


@dataclass(frozen=True, slots=True)
class _Item:
    paths: tuple[Path, ...]
    own_size: tuple[int, int]
    arrays: tuple[Array, ...]


Group = tuple[Path, ...]
"""As many images as the model takes."""

_TOGETHER = 4_000_000
"""Pixels of a batch of several images: a larger image goes alone."""


@dataclass(frozen=True, slots=True)
class How:
    """How images are predicted.

    Attributes:
        size: "model" resizes them to the model's own size; with "keep" they stay as they are, where the model
            allows it, or where it takes multiples alone, are resized to the nearest.
        batch: images at a time.
        top: classes of each image.
        threshold: of several labels those hold whose probability is at least this.
    """

    size: SizeRule = "model"
    batch: int = 8
    top: int = 5
    threshold: float = 0.5


def predict(
    model: Model,
    paths: Sequence[Path | str],
    *,
    size: SizeRule = "model",
    batch: int = 8,
    top: int = 5,
    threshold: float = 0.5,
) -> Iterator[Prediction]:
    """Predict each image in order; for a model of several inputs, each group of as many. `How` has the rest.

    A class map is chosen at the size the model worked at and brought to the first image's own size by nearest
    neighbor, so that it holds no class the model did not choose.

    Raises:
        WorldError: the model takes no images, or one cannot be read, or does not go with the model.
    """
    groups = grouped(model, [Path(path) for path in paths])
    for found in predict_each(model, groups, How(size, batch, top, threshold)):
        if isinstance(found, Failure):
            raise found.fault
        yield found


def predict_each(
    model: Model, groups: Iterable[Group | Failure], how: How, load: Load = read_image
) -> Iterator[Prediction | Failure]:
    """Predict each group in order, or say why not: one that cannot be read leaves its neighbors alone.

    Failures among the groups are passed on in their places. `load` makes an image of a path, or of what the
    path stands for.

    Raises:
        WorldError: the fault is the model's: it takes no images, cannot be run, or gives other outputs than
            it says.
    """
    described = model.description
    for given in described.inputs:
        require_files(given, Path(model.path))
    if how.size == "keep" and not described.any_size:
        raise WorldError(
            f"`{model.path}` works at one size only", "leave out the wish to keep the images' size"
        )
    several = how.batch if "batch" in described.dynamic else 1
    for batch in _batches((_read(described, group, how.size, load) for group in groups), several):
        items = [one for one in batch if isinstance(one, _Item)]
        done = iter(_run(model, items, how)) if items else iter(())
        for one in batch:
            yield one if isinstance(one, Failure) else next(done)


def grouped(model: Model, paths: Sequence[Path]) -> list[Group]:
    """Return the paths in groups of as many as the model takes; `WorldError` where some are left."""
    each = len(model.description.inputs)
    if len(paths) % each:
        were = "was" if len(paths) == 1 else "were"
        names = ", ".join(f"`{given.name}`" for given in model.description.inputs)
        raise WorldError(
            f"the model takes {each} images at a time; {len(paths)} {were} given",
            f"name them in this order: {names}",
        )
    return [tuple(paths[start : start + each]) for start in range(0, len(paths), each)]


def _run(model: Model, items: Sequence[_Item], how: How) -> list[Prediction | Failure]:
    described = model.description
    inputs = {p.name: np.stack([i.arrays[k] for i in items]) for k, p in enumerate(described.inputs)}
    try:
        found = model.run(inputs)
    except WorldError as fault:
        if how.size == "model":
            raise
        # At sizes of their own, images may be too small or too large for the model, each for itself.
        return [Failure(item.paths, _of(item, fault)) for item in items]
    _check(model, found, len(items))
    return [
        _predicted(model, item, {name: values[place] for name, values in found.items()}, how)
        for place, item in enumerate(items)
    ]


def _predicted(model: Model, item: _Item, rows: Mapping[str, Array], how: How) -> Prediction | Failure:
    for name, row in rows.items():
        if not np.isfinite(row).all():
            said = f"`{shortened(item.paths[0])}`: the output `{name}` of `{model.path}` is not finite"
            return Failure(item.paths, WorldError(said, NOT_FINITE))
    return Prediction(item.paths, _outputs(model.description, item, rows, how.top, how.threshold), rows)


def _of(item: _Item, fault: WorldError) -> WorldError:
    return WorldError(f"`{shortened(item.paths[0])}`: {fault.message}", fault.help)


def _check(model: Model, found: Mapping[str, Array], count: int) -> None:
    """Raise `WorldError` unless each output has numbers for each image: a file is a stranger's word."""
    for name, values in found.items():
        if values.ndim == 0 or len(values) != count or values.dtype.kind not in "fiub":
            raise WorldError(
                f"`{model.path}` answers `{name}` with something else than numbers for each image",
                "export it again",
            )
    rows = {found[output.name].shape for output in model.description.outputs}
    if model.description.comparison is not None and (len(rows) > 1 or len(found) < 2):
        raise WorldError(f"`{model.path}` compares what cannot be compared", "export it again")


def _read(
    described: Description, group: Group | Failure, size: SizeRule, load: Load = read_image
) -> _Item | Failure:
    if isinstance(group, Failure):
        return group
    multiple = described.multiple if size == "keep" else None
    try:
        named = zip(described.inputs, group, strict=True)
        found = [read(given, path, multiple, described.preprocess, load) for given, path in named]
    except WorldError as fault:
        return Failure(group, fault)
    return _Item(group, found[0][1], tuple(array for array, _ in found))


def _batches(items: Iterator[_Item | Failure], most: int) -> Iterator[list[_Item | Failure]]:
    """Yield up to `most` neighbors of one size at a time, with the failures between them."""
    kept: list[_Item | Failure] = []
    shapes, count, pixels = None, 0, 0
    for item in items:
        if isinstance(item, _Item):
            found, own = _shapes(item)
            if count and (count == most or found != shapes or pixels + own > _TOGETHER):
                yield kept
                kept, count, pixels = [], 0, 0
            shapes, count, pixels = found, count + 1, pixels + own
        kept.append(item)
        if not count:  # a failure with nothing before it to wait for
            yield kept
            kept = []
    if kept:
        yield kept


def _shapes(item: _Item) -> tuple[list[tuple[int, ...]], int]:
    """Return the shapes of an item's arrays, and their pixels."""
    shapes = [array.shape for array in item.arrays]
    return shapes, sum(map(pixels_of, shapes))


def _outputs(
    described: Description, item: _Item, rows: Mapping[str, Array], top: int, threshold: float
) -> dict[str, OutputValue]:
    if described.comparison is not None:
        embeddings = tuple(rows[output.name] for output in described.outputs)
        return {DISTANCE: compared(embeddings, described.comparison)}
    return {
        output.name: output_value(output, rows[output.name], item.own_size, top=top, threshold=threshold)
        for output in described.outputs
    }
