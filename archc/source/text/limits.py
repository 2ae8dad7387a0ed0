"""Bounds on a document, checked before the work they bound.

`excess` reads the tokens before any parser does; `fault_in` walks the parsed values without recursion.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from archc.source.text.spans import Path

if TYPE_CHECKING:
    from archc.source.text.nodes import Tree

BYTES = 256 * 1024
DEPTH = 32
VALUES = 20_000
INTEGERS = range(-(2**63), 2**63)
DIGITS = 1_000

Format = Literal["toml", "json"]

_DIGITS = rf"[+-]?[0-9_]{{{DIGITS}}}"
_SURROGATE = "[\ud800-\udfff]"


class Excess(NamedTuple):
    """A bound that is passed, where the text shows it (`offset`) or where the data does (`path`)."""

    code: str
    message: str
    offset: int = 0
    path: Path = ()


def excess(tree: Tree, format: Format) -> Excess | None:
    """Return what would make a parser work without bound: nesting, dotted keys, endless numbers."""
    depth = ground = 0 if format == "toml" else -1
    dots, chain = 0, 0
    before = ""
    for kind, start, end, _ in tree.tokens:
        if kind in ("[", "{"):
            depth += 1
            if depth > DEPTH:
                return _too_deep(start)
        elif kind in ("]", "}"):
            depth = max(depth - 1, ground)
        elif kind == "word" and end - start >= DIGITS and before != "." and _digits(tree.text[start:end]):
            return Excess("ARC006", f"a number is longer than {DIGITS:,} digits", start)
        if kind == ".":
            dots += 1
            if dots >= DEPTH:
                return _too_deep(chain)
        elif kind != "blank" and before != ".":
            dots, chain = 0, start
        before = before if kind == "blank" else kind
    return None


def _digits(word: str) -> bool:
    return re.match(_DIGITS, word) is not None


def _too_deep(offset: int = 0, path: Path = ()) -> Excess:
    return Excess("ARC004", f"values are nested more than {DEPTH} levels deep", offset, path)


def fault_in(data: dict[str, Any], format: Format) -> Excess | None:
    """Return the first value beyond a bound, by its path."""
    seen = 0
    todo: list[tuple[Path, Any]] = [((), data)]
    while todo:
        path, value = todo.pop()
        seen += 1
        if seen > VALUES:
            return Excess("ARC005", f"the document holds more than {VALUES:,} values", path=path[:1])
        if len(path) > DEPTH and isinstance(value, (dict, list)):
            return _too_deep(path=path)
        if path and (fault := _text_fault(path[-1]) or _text_fault(value)):
            return Excess("ARC002", fault, path=path)
        if isinstance(value, dict):
            todo += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            todo += [((*path, index), inner) for index, inner in enumerate(value)]
        elif fault := _scalar_fault(value, format):
            return Excess("ARC006", fault, path=path)
    return None


def _text_fault(value: object) -> str | None:
    """Return the fault of a text.

    JSON can spell half of a surrogate pair, which is no text and cannot be written anywhere.
    """
    if isinstance(value, str) and not value.isascii() and re.search(_SURROGATE, value):
        return "the string holds half of a surrogate pair"
    return None


def _scalar_fault(value: object, format: Format) -> str | None:
    if isinstance(value, int) and value not in INTEGERS:
        return "the integer does not fit in 64 bits"
    if format == "json" and isinstance(value, float) and value - value != 0:
        return "the number is not finite"
    return None
