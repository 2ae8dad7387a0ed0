"""Targets in a table's columns: for each image a class, several, or numbers."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from archc.files.errors import WorldError
from archc.init.found import Target
from archc.init.lists import lines_of
from archc.init.tree import Tree
from archc.plan.targets import in_order

Rows = list[dict[str, str]]

_LEARNED = re.compile(r"label|class|target|tag|species|categor|diagnos|breed|genre|kind|type", re.IGNORECASE)
_SPLIT = re.compile(r"is_?val|valid|split|fold|subset|set|partition|phase|usage", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:^|[_ ])(?:id|idx|index|no|number|width|height|size|bytes|date|time|year)s?$", re.IGNORECASE
)
_HELD_OUT = ("valid", "val", "validation", "true", "yes", "1", "test", "testing", "dev", "holdout")
_USUAL = ("valid", "val", "true", "yes", "1")
_SEPARATORS = (",", ";", "|", " ")
_ZERO_ONE = frozenset(("0", "1", "0.0", "1.0"))
_FEW = 20


def target_of(rows: Rows, image: str, table: str, tree: Tree) -> tuple[Target, list[str]]:
    """Return what is learned, and what is to be said of it.

    Raises:
        WorldError: no column says a class or a number of each image.
    """
    columns = [each for each in rows[0] if each != image and not _is_split(each, rows)]
    if hot := _one_hot(columns, rows):
        return hot, _others(columns, hot, table)
    said = [each for each in columns if _repeats(each, rows) or _separator([row[each] for row in rows])]
    named = [each for each in said if _LEARNED.search(each)]
    few = [each for each in said if not _NUMBERED.search(each)]
    for column in (*named, *few):
        words = [row[column] for row in rows]
        separator = _separator(words)
        if not separator and "" in words:
            raise WorldError(
                f"`{table}` says no class of {words.count(''):,} of {len(words):,} images: column `{column}`",
                "take out these rows, or write a class of its own for them",
            )
        if not separator and _is_measured(words) and column not in named:
            continue
        parts = {part.strip() for word in words for part in (word.split(separator) if separator else [word])}
        classes = tuple(in_order(part for part in parts if part))
        kind = "tags" if separator else "label"
        target = _with_names(Target(kind, (column,), classes, separator), tree)
        return target, _others(columns, target, table)
    measured = [
        each for each in columns if _is_measured([row[each] for row in rows]) and not _NUMBERED.search(each)
    ]
    if measured:
        target = Target("values", tuple(measured))
        return target, [f"the columns {', '.join(measured)} of `{table}` are taken for numbers to be learned"]
    listed = ", ".join(f"`{each}`" for each in list(rows[0])[:8])
    raise WorldError(
        f"`{table}` names images, but no column says a class that several of them share: it has {listed}",
        "add a column `label` with the class of each image",
    )


def held_out(rows: Rows, taken: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """Return the column that says which rows are held out, and the words for that unless they are usual."""
    for column in rows[0]:
        values = {row[column].strip().lower() for row in rows}
        held = tuple(word for word in _HELD_OUT if word in values)
        if column not in taken and _is_split(column, rows) and held and len(held) < len(values):
            return column, () if set(held) <= set(_USUAL) else held
    return None, ()


def _is_split(column: str, rows: Rows) -> bool:
    if not _SPLIT.match(column) and not _SPLIT.search(column):
        return False
    words = {row[column].lower() for row in rows}
    return bool(words & {*_HELD_OUT, "train", "training", "false", "0"}) and len(words) <= _FEW


def _one_hot(columns: list[str], rows: Rows) -> Target | None:
    """Columns of 0 and 1: one class an image where each row has a single 1, else several."""
    hot = [each for each in columns if all(row[each] in _ZERO_ONE for row in rows)]
    named = [each for each in columns if _LEARNED.search(each) and each not in hot and _repeats(each, rows)]
    if len(hot) < 2 or named:
        return None
    ones = {sum(row[each].startswith("1") for each in hot) for row in rows}
    return Target("label" if ones == {1} else "tags", tuple(hot))


def _repeats(column: str, rows: Rows) -> bool:
    count = len({row[column] for row in rows})
    return 1 < count <= max(2, len(rows) // 2)


def _is_measured(words: list[str]) -> bool:
    """Return whether a column holds numbers that are no names of classes.

    With fractions, or many different ones.
    """
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return False
    different = len(set(numbers))
    finite = all(abs(number) < 1e30 for number in numbers)
    return finite and different > 2 and (any(n != int(n) for n in numbers) or different > _FEW)


def _separator(words: list[str]) -> str | None:
    """Return what parts several words in one cell: then words of one cell stand in other cells as well."""
    whole = {word for word in words if word}
    for separator in _SEPARATORS:
        if not any(separator in word for word in whole):
            continue
        cells = [{part.strip() for part in word.split(separator) if part.strip()} for word in whole]
        counts = Counter(part for cell in cells for part in cell)
        shared = sum(count > 1 for count in counts.values())
        fewer = len(counts) < len(whole) if separator == " " else len(counts) <= len(whole)
        if fewer and len(counts) > 1 and 2 * shared >= len(counts):
            return separator
        return None
    return None


def _with_names(target: Target, tree: Tree) -> Target:
    """Return the target with names for its numbers, where a file lists as many."""
    if not all(each.isdigit() for each in target.classes):
        return target
    for folder, files in tree.others.items():
        for name in files:
            if name.lower() in ("classes.txt", "class_names.txt", "names.txt", "labels.txt", "codes.txt"):
                lines = lines_of(f"{folder}/{name}" if folder else name, tree)
                first = int(target.classes[0])
                numbers = [str(first + i) for i in range(len(lines))]
                if len(set(lines)) == len(lines) == len(target.classes) and numbers == list(target.classes):
                    return Target(target.kind, target.columns, tuple(lines), target.separator, tuple(numbers))
    return target


def _others(columns: list[str], target: Target, table: str) -> list[str]:
    left = [each for each in columns if each not in target.columns]
    if not left:
        return []
    shown = ", ".join(f"`{each}`" for each in left[:8]) + (", ..." if len(left) > 8 else "")
    return [f"other columns of `{Path(table).name}` are left out: {shown}"]
