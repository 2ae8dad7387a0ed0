"""Texts with a cursor in them, written as `¦`."""

from __future__ import annotations

from archc.lsp.analysis import Analysis, analyzed, draft_of
from archc.lsp.completion import Completion, completions
from archc.lsp.draft import Draft
from archc.lsp.hover import Hover, hover

NAME = "written.arch.toml"


def split(text: str) -> tuple[str, int]:
    """The text without its cursor, and the cursor's offset."""
    before, mark, after = text.partition("¦")
    assert mark, "the text has no cursor"
    return before + after, len(before)


def read(text: str, name: str = NAME) -> tuple[Draft, Analysis]:
    """What the editor knows of a text."""
    return draft_of(text, name), analyzed(text, name)


def complete(text: str, name: str = NAME) -> dict[str, Completion]:
    """Completions at the cursor by their labels, in order."""
    plain, offset = split(text)
    return {each.label: each for each in completions(*read(plain, name), offset)}


def written(text: str, label: str, name: str = NAME) -> str:
    """The text after a completion was chosen; places to fill are left as they are."""
    plain, _ = split(text)
    chosen = complete(text, name)[label]
    return plain[: chosen.span.start] + chosen.text + plain[chosen.span.end :]


def page(text: str, name: str = NAME) -> str:
    """What the hover at the cursor says; empty where there is none."""
    plain, offset = split(text)
    found: Hover | None = hover(*read(plain, name), offset)
    return found.text if found else ""
