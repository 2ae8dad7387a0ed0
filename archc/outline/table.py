"""A table that lists images: which column names them, and which one is to be learnt."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from archc.outline.found import Listed
from archc.outline.tree import SUFFIXES, Tree

_DELIMITERS = {".csv": (",", ";", "\t"), ".tsv": ("\t",)}
_LEARNT = re.compile(r"label|class|target|tag|species|categor|diagnos|breed", re.IGNORECASE)
_SPLIT = re.compile(r"is_?val|valid|split|fold|subset|set", re.IGNORECASE)
_HELD_OUT = {"valid", "val", "true", "yes", "1"}
_SEPARATORS = (" ", "|", ";", ",")
_ROWS = 20_000
_TRIED = 50

Rows = list[dict[str, str]]


def listed_in(tree: Tree) -> Listed | None:
    """The first table at the top of the folder whose rows name pictures."""
    for name in tree.others.get("", ()):
        suffix = Path(name).suffix.lower()
        for delimiter in _DELIMITERS.get(suffix, ()):
            found = _listed(tree, name, delimiter, _rows(tree.top / name, delimiter))
            if found:
                return found
    return None


def _rows(path: Path, delimiter: str) -> Rows:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=delimiter)
            return [
                {key: value for key, value in row.items() if isinstance(key, str) and isinstance(value, str)}
                for row, _ in zip(reader, range(_ROWS), strict=False)
            ]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _listed(tree: Tree, table: str, delimiter: str, rows: Rows) -> Listed | None:
    if len(rows) < 2:
        return None
    for image in rows[0]:
        if path := _path_of(tree, [row.get(image, "") for row in rows[:_TRIED]]):
            column = _learnt([each for each in rows[0] if each != image], rows)
            if column is None:
                return None
            words = [row.get(column, "") for row in rows]
            separator = _separator(words)
            parts = [part for word in words for part in (word.split(separator) if separator else [word])]
            classes = tuple(sorted({part for part in parts if part}))
            valid = _split(rows, (image, column))
            return Listed(table, delimiter, image, path, column, classes, len(rows), separator, valid)
    return None


def _path_of(tree: Tree, words: list[str]) -> str | None:
    """Where the pictures lie that a column names, as the language writes it; None where it names none."""
    first = words[0]
    for folder, names in tree.pictures.items():
        lead, files = f"{folder}/" if folder else "", frozenset(names)
        for suffix in ("", *SUFFIXES):
            if first + suffix in files and all(word + suffix in files for word in words):
                return f"{lead}{{image}}{suffix}"
    known = {
        f"{folder}/{file}" if folder else file for folder, files in tree.pictures.items() for file in files
    }
    return "{image}" if all(word in known for word in words) else None


def _learnt(columns: list[str], rows: Rows) -> str | None:
    """The column that is called like a label, or else the first that repeats a few words."""
    named = [each for each in columns if _LEARNT.search(each) and not _SPLIT.fullmatch(each)]
    few = [each for each in columns if 1 < len({row.get(each) for row in rows}) <= len(rows) // 2]
    return next((each for each in (*named, *few) if not _SPLIT.match(each)), None)


def _separator(words: list[str]) -> str | None:
    """What parts several words in one cell: then each of them comes in other cells as well."""
    whole = set(words)
    for separator in _SEPARATORS:
        parts = {part for word in whole for part in word.split(separator)}
        if any(separator in word for word in whole) and 1 < len(parts) < len(whole):
            return separator
    return None


def _split(rows: Rows, taken: tuple[str, str]) -> str | None:
    """A column that says which rows are held out, in the words that the language takes."""
    for column in rows[0]:
        values = {row.get(column, "").strip().lower() for row in rows}
        if column not in taken and _SPLIT.search(column) and 0 < len(values & _HELD_OUT) < len(values):
            return column
    return None
