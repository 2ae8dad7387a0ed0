"""Words of a spec as Python text: what is written of them is a literal, a docstring or a name, never code."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from archc.files.errors import printable
from archc.ops.call import Value

_OURS = ("self", "torch", "nn", "F", "math", "Tensor", "part_of", "tuple", "dict")
RESERVED = frozenset((*keyword.kwlist, *_OURS))
"""Names that the lines of a `forward` mean something else by, or that no variable can have."""


def literal(value: Value) -> str:
    """Return the value as Python text."""
    return text_literal(value) if isinstance(value, str) else repr(value)


def text_literal(text: str) -> str:
    """Return a string literal in double quotes, on one line, whose value shows as `text`."""
    return f'"{docstring_text(text)}"'


def docstring_text(text: str) -> str:
    """Return `text` for the inside of a string in double quotes, one or three: nothing in it ends the string.

    What is not printable is written as its escape, which is then text as well.
    """
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')


def constant_name(text: str) -> str:
    """Return the name of a constant at the top of the file."""
    name = re.sub(r"\W", "_", text, flags=re.ASCII).upper()
    return name if name.isidentifier() else f"_{name}"


def variables(names: Iterable[str]) -> list[str]:
    """Return names of variables, each its own: a word that is taken gets an underscore."""
    found: list[str] = []
    for name in names:
        made = re.sub(r"\W", "_", name, flags=re.ASCII)
        made = made if made.isidentifier() else f"_{made}"
        while made in RESERVED or made in found:
            made += "_"
        found.append(made)
    return found
