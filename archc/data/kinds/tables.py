"""Images listed in a table: one class a row, several, numbers, or a mask; or some of these at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from archc.data.examples import ONLY, Files, Raw, Target
from archc.data.facts import TargetFacts, label_facts, mask_facts, tag_facts, value_facts
from archc.data.inputs.image import ImageInputs
from archc.data.kinds.cells import label_cells, label_columns, tag_cells, tag_columns
from archc.data.kinds.segmentation import Pair, sizes_differ
from archc.data.kinds.table import Table, read_table
from archc.data.masks import read_mask
from archc.data.split import Splitting, held_out
from archc.files.errors import WorldError
from archc.files.within import resolve_within
from archc.images.reading import read_image
from archc.plan.mask_values import MaskMeaning, mask_meaning
from archc.spec.data import ImageCsv, LabelTarget, MaskTarget, TagsTarget, ValuesTarget
from archc.spec.data import Target as TargetSpec

Known = int | tuple[float, ...] | Path
"""A target as the table has it: a mask by its file."""


@dataclass(frozen=True, slots=True)
class TableExamples:
    """Image files with their targets by name; `meanings` says how each mask is read."""

    paths: tuple[Path, ...]
    targets: Mapping[str, tuple[Known, ...]]
    meanings: Mapping[str, MaskMeaning]
    inputs: ImageInputs
    in_memory: bool = False

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def labels(self) -> Sequence[int]:
        """The class numbers, where one class an image is the only target."""
        return [label for label in self.targets[ONLY] if isinstance(label, int)]

    def name(self, index: int) -> str:
        return str(self.paths[index])

    def load(self, index: int) -> Raw:
        image = read_image(self.paths[index], self.inputs.pixels)
        targets = {name: self._target(name, known[index], index) for name, known in self.targets.items()}
        for name, target in targets.items():
            known = self.targets[name][index]
            if isinstance(known, Path) and target.size != image.size:  # type: ignore[union-attr]
                raise sizes_differ(Pair(self.paths[index], known), image.size, target.size)  # type: ignore[union-attr]
        return Raw(self.inputs.named(image), targets)

    def files(self, index: int) -> Files:
        masks = tuple(known[index] for known in self.targets.values())
        return Files((self.paths[index],), tuple(m for m in masks if isinstance(m, Path)), self.inputs.pixels)

    def _target(self, name: str, known: Known, index: int) -> Target:
        return read_mask(known, self.meanings[name]) if isinstance(known, Path) else known


def open_table(
    spec: ImageCsv, root: Path, inputs: ImageInputs
) -> tuple[TableExamples, TableExamples, dict[str, TargetFacts]]:
    """Return the rows for training, those held out, and what is known of each target.

    Raises:
        WorldError: the table, a column or an image is missing, or a cell does not hold what it should.
    """
    table = read_table(resolve_within(root, spec.table), spec.delimiter)
    names = [spec.path.replace("{image}", text) for text in table.column(spec.image)]
    files = _files(root, names, table, spec.image)
    wanted = spec.targets or {ONLY: spec.target}
    read = {name: _read(target, table, root) for name, target in wanted.items()}
    held = held_out(spec.valid, _splitting(spec, root, names, table, read))

    meanings = {name: mask_meaning(t) for name, t in wanted.items() if isinstance(t, MaskTarget)}

    def chosen(side: bool) -> TableExamples:
        rows = [row for row, out in enumerate(held.tolist()) if out is side]
        targets = {name: tuple(known[row] for row in rows) for name, (known, _) in read.items()}
        return TableExamples(tuple(files[row] for row in rows), targets, meanings, inputs)

    train, valid = chosen(False), chosen(True)
    facts = {name: make(train, valid, name) for name, (_, make) in read.items()}
    return train, valid, facts


Make = Callable[[TableExamples, TableExamples, str], TargetFacts]


def _read(target: TargetSpec, table: Table, root: Path) -> tuple[Sequence[Known], Make]:
    """Return each row's target, and the function that gathers what is known of them all."""
    match target:
        case LabelTarget():
            return _labels(target, table)
        case TagsTarget():
            return _tags(target, table)
        case ValuesTarget():
            return _values(target, table)
        case MaskTarget():
            return _masks(target, table, root)
        case _:
            assert_never(target)


def _labels(target: LabelTarget, table: Table) -> tuple[Sequence[Known], Make]:
    names, known = label_columns(target.columns, table) if target.columns else label_cells(target, table)
    return known, lambda train, _, name: label_facts(names, train.targets[name])


def _tags(target: TagsTarget, table: Table) -> tuple[Sequence[Known], Make]:
    names, known = tag_columns(target.columns, table) if target.columns else tag_cells(target, table)
    return known, lambda train, _, name: tag_facts(names, train.targets[name])


def _values(target: ValuesTarget, table: Table) -> tuple[Sequence[Known], Make]:
    columns = [
        [_number(text, table, row, name) for row, text in enumerate(table.column(name))]
        for name in target.columns
    ]
    least = [min(column, default=0.0) for column in columns]
    rows = list(zip(*columns, strict=True))
    return rows, lambda train, _, name: value_facts(target.columns, len(train), least)


def _number(text: str, table: Table, row: int, column: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise WorldError(f"{table.at(row)}: column `{column}` holds `{text[:40]}`, which is no number")
    return value


def _masks(target: MaskTarget, table: Table, root: Path) -> tuple[Sequence[Known], Make]:
    files = _files(root, list(table.column(target.column)), table, target.column)

    def make(train: TableExamples, valid: TableExamples, name: str) -> TargetFacts:
        def pairs(side: TableExamples) -> list[Pair]:
            known = zip(side.paths, side.targets[name], strict=True)
            return [Pair(image, mask) for image, mask in known if isinstance(mask, Path)]

        return mask_facts(mask_meaning(target), pairs(train), pairs(valid))

    return files, make


def _files(root: Path, names: Sequence[str], table: Table, column: str) -> list[Path]:
    files = []
    for row, name in enumerate(names):
        path = root / name.strip()
        try:
            resolve_within(root, name.strip())
        except WorldError as error:
            raise WorldError(f"{table.at(row)}: column `{column}`: {error.message}", error.help) from error
        if not path.is_file():
            raise WorldError(f"{table.at(row)}: column `{column}` names `{name}`, there is no file `{path}`")
        files.append(path)
    return files


def _splitting(
    spec: ImageCsv,
    root: Path,
    names: Sequence[str],
    table: Table,
    read: Mapping[str, tuple[Sequence[Known], Make]],
) -> Splitting:
    """A share is drawn evenly over the classes of the first target that has one class an image."""
    firsts = (known for known, _ in read.values())
    labels = next((list(known) for known in firsts if known and isinstance(known[0], int)), None)
    return Splitting(
        root=root,
        names=names,
        labels=labels if spec.stratified else None,  # type: ignore[arg-type]
        groups=_groups(spec, names, table),
        seed=spec.split_seed,
        column=table.column,
    )


def _groups(spec: ImageCsv, names: Sequence[str], table: Table) -> Sequence[str] | None:
    """Return what stays on one side of the split: a column's values, or the rows that name one image."""
    if spec.group is not None:
        return table.column(spec.group)
    images = [name.strip() for name in names]
    several = len(set(images)) < len(images)
    return images if several and isinstance(spec.valid, float) else None
