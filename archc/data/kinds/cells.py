"""Classes as a table says them: names, numbers or codes in one column, or zeros and ones in one for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archc.data.kinds.labeled import class_list
from archc.data.kinds.table import Table
from archc.files.errors import WorldError
from archc.spec.data import LabelTarget, TagsTarget

Labels = tuple[tuple[str, ...], list[int]]
Tags = tuple[tuple[str, ...], list[tuple[float, ...]]]

_YES, _NO = frozenset(("1", "1.0", "true", "yes")), frozenset(("0", "0.0", "false", "no"))


def label_cells(target: LabelTarget, table: Table) -> Labels:
    """Return the names of the classes, and each row's class number."""
    texts = [text.strip() for text in table.column(target.column)]
    if "" in texts:
        raise WorldError(f"{table.at(texts.index(''))}: column `{target.column}` is empty")
    said = _names_said(target, [[text] for text in texts], table)
    names = class_list(target.classes, (name for row in said for name in row), _where(target, table))
    number = {name: index for index, name in enumerate(names)}
    return names, [number[row[0]] for row in said]


def tag_cells(target: TagsTarget, table: Table) -> Tags:
    """Return the names of the classes, and each row's zeros and ones."""
    cells = [_tags_of(text, target.separator) for text in table.column(target.column)]
    said = _names_said(target, cells, table)
    names = class_list(target.classes, (name for row in said for name in row), _where(target, table))
    if not names:
        raise WorldError(f"column `{target.column}` of `{table.path}` is empty throughout")
    return names, [tuple(float(name in row) for name in names) for row in map(set, said)]


def label_columns(columns: tuple[str, ...], table: Table) -> Labels:
    """Return the columns, one for each class, and for each row the number of the one that says 1."""
    rows = _zeros_and_ones(columns, table)
    for row, cells in enumerate(rows):
        if sum(cells) != 1:
            said = "all 0" if not any(cells) else f"1 in {int(sum(cells))} of them"
            raise WorldError(
                f"{table.at(row)}: an image has one class, but the {len(columns)} columns are {said}",
                'images of several classes, or of none, want kind = "tags"',
            )
    return columns, [cells.index(1.0) for cells in rows]


def tag_columns(columns: tuple[str, ...], table: Table) -> Tags:
    """Return the columns, one for each class, and each row's zeros and ones."""
    return columns, _zeros_and_ones(columns, table)


def _zeros_and_ones(columns: Sequence[str], table: Table) -> list[tuple[float, ...]]:
    cells = [
        [_zero_or_one(text, table, row, name) for row, text in enumerate(table.column(name))]
        for name in columns
    ]
    return list(zip(*cells, strict=True))


def _zero_or_one(text: str, table: Table, row: int, column: str) -> float:
    word = text.strip().lower()
    if word not in _YES and word not in _NO:
        raise WorldError(f"{table.at(row)}: column `{column}` holds `{text[:40]}`, which is neither 0 nor 1")
    return float(word in _YES)


def _names_said(
    target: LabelTarget | TagsTarget, rows: Sequence[Sequence[str]], table: Table
) -> Sequence[Sequence[str]]:
    """Return the names of the classes that the texts of each row stand for."""
    if target.values is None:
        return rows
    meant = _meant(target.values)
    for row, texts in enumerate(rows):
        for text in texts:
            if text not in meant:
                raise WorldError(
                    f"{table.at(row)}: column `{target.column}` holds `{text[:40]}`, which the target's "
                    "`values` do not have",
                    "say there which class it is",
                )
    return [[meant[text] for text in texts] for texts in rows]


def _meant(values: Mapping[str, object]) -> dict[str, str]:
    """Return the class that each text stands for."""
    several = {name: each if isinstance(each, tuple) else (each,) for name, each in values.items()}
    return {str(value): name for name, written in several.items() for value in written}


def _tags_of(text: str, separator: str) -> list[str]:
    return [tag.strip() for tag in text.split(separator) if tag.strip()]


def _where(target: LabelTarget | TagsTarget, table: Table) -> str:
    return f"classes in column `{target.column}` of `{table.path}`"
