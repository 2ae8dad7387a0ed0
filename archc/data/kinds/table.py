"""A file of comma-separated values, by column."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archc.files.errors import WorldError, from_os_error

LARGEST_TABLE = 1 << 30
"""Bytes of the largest table that is read."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's rows by column."""

    path: Path
    columns: Mapping[str, tuple[str, ...]]
    lines: tuple[int, ...]

    def column(self, name: str) -> tuple[str, ...]:
        """Return the texts of a column. `WorldError` where there is none of that name."""
        if name not in self.columns:
            listed = ", ".join(f"`{column}`" for column in list(self.columns)[:8])
            raise WorldError(f"`{self.path}` has no column `{name}`", f"it has {listed}")
        return self.columns[name]

    def at(self, row: int) -> str:
        """Return what a message calls a row."""
        return f"`{self.path}`, line {self.lines[row]}"


def read_table(path: Path, delimiter: str) -> Table:
    """Return the table in a file of comma-separated values. `WorldError` names the line at fault."""
    try:
        if path.stat().st_size > LARGEST_TABLE:
            raise WorldError(f"`{path}` has more than {LARGEST_TABLE >> 30} GiB")
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            rows = [(reader.line_num, row) for row in reader if row]
    except UnicodeDecodeError as error:
        raise WorldError(f"`{path}` is not in UTF-8", "save it as UTF-8") from error
    except csv.Error as error:
        raise WorldError(f"`{path}` is no table: {error}") from error
    except OSError as error:
        raise from_os_error("read", path, error) from error
    if len(rows) < 2:
        raise WorldError(f"`{path}` has no rows below its first line", "the first line names the columns")
    header = [name.strip() for name in rows[0][1]]
    if len(set(header)) < len(header):
        raise WorldError(f"`{path}` has two columns of one name")
    if uneven := next((line for line, row in rows if len(row) != len(header)), None):
        raise WorldError(f"`{path}`, line {uneven} has not the {len(header)} cells of the first line")
    cells = zip(*(row for _, row in rows[1:]), strict=True)
    columns = dict(zip(header, map(tuple, cells), strict=True))
    return Table(path, columns, tuple(line for line, _ in rows[1:]))
