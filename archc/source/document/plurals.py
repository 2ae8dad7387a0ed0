"""`input` written where `inputs` is meant, and the like: tables that come as one, or as several by name."""

from __future__ import annotations

from typing import Any

from archc.source.diagnostics.diagnostic import Diagnostic, Fix, Label
from archc.source.document.faults import Fault

_PAIRS = (("input", "inputs"), ("loss", "losses"))


def one_for_several(found: list[Fault], data: dict[str, Any]) -> tuple[list[Diagnostic], list[Fault]]:
    """Return one diagnostic for each such table, whatever the faults inside it; and the faults left."""
    swapped = []
    for one, several in _PAIRS:
        for wrong, right in ((one, several), (several, one)):
            inside = [fault for fault in found if fault.path[:1] == (wrong,)]
            if inside and right not in data and _is_the_other(data[wrong], wanted=wrong == several):
                swapped.append(_swapped(wrong, right, several))
                found = [fault for fault in found if fault.path[:1] != (wrong,)]
    return swapped, found


def _is_the_other(table: object, *, wanted: bool) -> bool:
    """Return True where a table holds no tables where it should (`wanted`), or only tables where not."""
    if not isinstance(table, dict) or not table:
        return False
    tables = [isinstance(value, dict) for value in table.values()]
    return not any(tables) if wanted else all(tables)


def _swapped(wrong: str, right: str, several: str) -> Diagnostic:
    held = f"`{several}` holds several by name, each a table of its own"
    return Diagnostic(
        "ARC101",
        f"what is written in `{wrong}` belongs in `{right}`",
        (Label((wrong,), "key"),),
        (f"rename it: {held}",),
        fix=Fix("rename", (wrong,), right),
    )
