"""Python text that a formatter leaves as it is: one line where it fits, else one item a line.

What is broken ends in a comma, which holds it open at any line length that a formatter is set to.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

WIDTH = 88
"""The shortest line length in common use: what fits it needs no change in a project that allows more."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """Items between brackets; `comments` stand behind items that have one, and hold the bracket open."""

    opening: str
    items: tuple[Text, ...]
    closing: str
    comments: tuple[str, ...] = ()


Text = str | Bracket


def call(callee: str, *items: Text, comments: tuple[str, ...] = ()) -> Text:
    """Return the text `callee(items)`."""
    if not items:
        return f"{callee}()"
    return Bracket(f"{callee}(", items, ")", comments)


def listed(*items: Text) -> Text:
    """Return the text `[items]`."""
    return Bracket("[", items, "]") if items else "[]"


def prefixed(prefix: str, text: Text) -> Text:
    """Return the text behind `prefix`, such as the keyword of an argument."""
    if isinstance(text, str):
        return prefix + text
    return Bracket(prefix + text.opening, text.items, text.closing, text.comments)


def suffixed(text: Text, suffix: str) -> Text:
    """Return the text before `suffix`."""
    if isinstance(text, str):
        return text + suffix
    return Bracket(text.opening, text.items, text.closing + suffix, text.comments)


def lines(text: Text, indent: int, comment: str = "") -> Iterator[str]:
    """Yield the statement's lines, indented by `indent` spaces; a comment too long to be behind is above."""
    space = " " * indent
    flat = _flat(text)
    behind = f"  # {comment}" if comment else ""
    if flat is not None and len(space + flat + behind) <= WIDTH:
        yield space + flat + behind
        return
    for line in textwrap.wrap(comment, WIDTH - indent - 2):
        yield f"{space}# {line}"
    if flat is not None and (len(space + flat) <= WIDTH or isinstance(text, str)):
        yield space + flat
    else:
        assert isinstance(text, Bracket)
        yield from _opened(text, indent)


def _opened(text: Bracket, indent: int) -> Iterator[str]:
    yield " " * indent + text.opening
    comments = text.comments or ("",) * len(text.items)
    for item, comment in zip(text.items, comments, strict=True):
        yield from lines(suffixed(item, ","), indent + 4, comment)
    yield " " * indent + text.closing


def _flat(text: Text) -> str | None:
    """Return the text in one line, if nothing in it holds it open."""
    if isinstance(text, str):
        return text
    if any(text.comments):
        return None
    parts = [_flat(item) for item in text.items]
    if any(part is None for part in parts):
        return None
    return text.opening + ", ".join(part for part in parts if part is not None) + text.closing
