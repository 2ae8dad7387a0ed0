"""A key as it is inserted: with its separator, and a place to fill for its value."""

from __future__ import annotations

from dataclasses import MISSING
from typing import Any

from archc.lsp import wording
from archc.lsp.draft import Draft
from archc.source.text.spans import Path
from archc.spec import keys as language
from archc.spec.keys import Key

_MOST_CHOICES = 12


def key_snippet(draft: Draft, table: Path, name: str, key: Key | None, fill: bool) -> tuple[str, bool]:
    """Return the text to insert, and whether it is a snippet (`fill`: the editor knows them)."""
    json = draft.format == "json"
    start = f"{wording.written(name)}: " if json else f"{name} = "
    if not fill:
        return start, False
    value = _value((*table, name), draft, key)
    return escaped(start) + value, True


def _value(path: Path, draft: Draft, key: Key | None) -> str:
    choices = [wording.written(choice.value) for choice in language.choices_at(path, draft.data)]
    if 1 < len(choices) <= _MOST_CHOICES:
        return f"${{1|{','.join(map(_choice, choices))}|}}$0"
    if len(choices) == 1:
        return escaped(choices[0]) + "$0"
    if choices:
        return '"$1"$0'
    hints = language.hints_at(path, draft.data)
    default = key.default if key else MISSING
    if isinstance(default, bool | int | float | str):
        return f"${{1:{escaped(wording.written(default))}}}$0" if default != "none" else '"$1"$0'
    return _empty(hints)


def _empty(hints: tuple[Any, ...]) -> str:
    """Return the brackets or quotes of the first thing that a value may be."""
    if not hints:
        return "$0"
    first = hints[0]
    if language.is_table(first):
        return "{ $1 }$0"
    if first is str:
        return '"$1"$0'
    return "[$1]$0" if getattr(first, "__origin__", None) is tuple else "$0"


def escaped(text: str) -> str:
    """Return a text that stands for itself in a snippet."""
    return text.replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}")


def _choice(text: str) -> str:
    return escaped(text).replace(",", "\\,").replace("|", "\\|")
