"""A table that lists images: which column names them, and that all of them are there."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from archc.files.errors import WorldError
from archc.files.image_header import SUFFIXES
from archc.files.regular import open_regular
from archc.init.columns import Rows, held_out, target_of
from archc.init.found import Listed
from archc.init.tree import Tree

_DELIMITERS = {".csv": (",", ";", "\t", "|"), ".tsv": ("\t",), ".txt": (",", ";", "\t")}
_MOST_TABLES = 20
_LARGEST = 64 << 20
_ROWS = 200_000
_TRIED = 50


class Found(NamedTuple):
    """The table, and what is to be said of it."""

    listed: Listed
    notes: tuple[str, ...]


class _Lines(NamedTuple):
    """A table's cells: the first line, and the rows below it."""

    header: list[str]
    rows: list[list[str]]


def listed_in(tree: Tree) -> Found | None:
    """Find the table of which most rows name images.

    Raises:
        WorldError: a table names images, but no spec can be written for it.
    """
    best: tuple[int, str, str, _Lines, int] | None = None
    for path in _tables(tree):
        for delimiter in _DELIMITERS[Path(path).suffix.lower()]:
            lines = _lines(tree, path, delimiter)
            if lines is None:
                continue
            column, count = _image_column(tree, lines)
            if count > (best[0] if best else 0):
                best = (count, path, delimiter, lines, column)
    return _found(tree, *best[1:]) if best else None


def _tables(tree: Tree) -> list[str]:
    names = [
        f"{folder}/{name}" if folder else name
        for folder, files in tree.others.items()
        for name in files
        if Path(name).suffix.lower() in _DELIMITERS
    ]
    return sorted(names, key=lambda name: name.count("/"))[:_MOST_TABLES]


def _lines(tree: Tree, path: str, delimiter: str) -> _Lines | None:
    try:
        with open_regular(tree.top / path) as file:
            text = file.read(_LARGEST).decode("utf-8-sig")
        reader = csv.reader(text.splitlines(), delimiter=delimiter, skipinitialspace=delimiter != "\t")
        rows = [[cell.strip() for cell in row] for row, _ in zip(reader, range(_ROWS), strict=False) if row]
    except (OSError, UnicodeDecodeError, csv.Error, WorldError):
        return None
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    return _Lines(rows[0], rows[1:])


def _image_column(tree: Tree, lines: _Lines) -> tuple[int, int]:
    """Return the column that names images, and how many of the first cells do; line one may be a row."""
    known = _known(tree)
    tried = [lines.header, *lines.rows[:_TRIED]]
    counts = [
        sum(_is_known(row[i], known) for row in tried if i < len(row)) for i in range(len(lines.header))
    ]
    count = max(counts)
    return counts.index(count), count if count >= max(1, len(tried) // 3) else 0


def _known(tree: Tree) -> frozenset[str]:
    """Return every way to name an image: its path or its last part, with suffix or without."""
    names: set[str] = set()
    for folder, files in tree.images.items():
        lead = f"{folder}/" if folder else ""
        for file in files:
            stem = file.rpartition(".")[0]
            names |= {file, stem, lead + file, lead + stem}
    return frozenset(names)


def _is_known(cell: str, known: frozenset[str]) -> bool:
    return bool(cell) and (cell in known or cell.replace("\\", "/").rpartition("/")[2] in known)


def _found(tree: Tree, table: str, delimiter: str, lines: _Lines, image: int) -> Found | None:
    known = _known(tree)
    if _is_known(lines.header[image], known):
        raise WorldError(
            f"`{table}` has no line of column names: its first one names the image `{lines.header[image]}`",
            f"put one above it, such as image{delimiter}label",
        )
    uneven = next((i for i, row in enumerate(lines.rows, 2) if len(row) != len(lines.header)), None)
    if uneven is not None:
        raise WorldError(
            f"`{table}`, row {uneven}, has not the {len(lines.header)} cells of the first line",
            "cells that hold the delimiter stand in quotes",
        )
    if len(set(lines.header)) < len(lines.header):
        raise WorldError(f"`{table}` has two columns of one name", "name the columns in its first line")
    rows: Rows = [dict(zip(lines.header, row, strict=True)) for row in lines.rows]
    column = lines.header[image]
    path = _path_of(tree, table, [row[column] for row in rows])
    target, notes = target_of(rows, column, table, tree)
    valid, held = held_out(rows, (column, *target.columns))
    missing = tree.count - len({row[column] for row in rows})
    notes = [*notes, *([f"{missing:,} images are not in `{table}`"] if missing > 0 else [])]
    listed = Listed(table, delimiter, column, path, target, len(rows), valid, held)
    return Found(listed, tuple(notes))


def _path_of(tree: Tree, table: str, words: list[str]) -> str:
    """Return where the images lie that a column names, as the language writes it.

    Raises:
        WorldError: some are not there, or no one pattern leads to them all.
    """
    best, fewest = "", len(words) + 1
    known = {
        f"{folder}/{file}" if folder else file for folder, files in tree.images.items() for file in files
    }
    leads = ["", *(f"{folder}/" for folder in tree.images if folder)]
    first = table.rpartition("/")[0]
    for lead in sorted(leads, key=lambda lead: lead != (f"{first}/" if first else "")):
        for suffix in ("", *SUFFIXES, *(each.upper() for each in SUFFIXES)):
            if lead + words[0] + suffix in known or lead + words[-1] + suffix in known or not suffix:
                absent = sum(f"{lead}{word}{suffix}" not in known for word in words)
                if absent < fewest:
                    best, fewest = f"{lead}{{image}}{suffix}", absent
    if not fewest:
        return best
    gone = next(word for word in words if best.replace("{image}", word) not in known)
    if gone.startswith("/") or "\\" in gone or gone[1:2] == ":":
        raise WorldError(
            f"`{table}` names images by paths of another place, such as `{gone}`",
            f"write them as seen from `{tree.top}`, with / between folders",
        )
    raise WorldError(
        f"`{table}` names {fewest:,} images of {len(words):,} that are not at `{best}`, such as `{gone}`",
        "take out the rows of images that are not there; names of all need the suffix, or all of one "
        "suffix none",
    )
