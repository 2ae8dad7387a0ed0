"""Bounds on a document, checked before the work they bound.

`excess` reads the raw text before any parser does; `fault_in` walks the parsed values without recursion.
"""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple

from archc.source.text.spans import Path

BYTES = 256 * 1024
DEPTH = 32
VALUES = 20_000
INTEGERS = range(-(2**63), 2**63)
DIGITS = 1_000

Format = Literal["toml", "json"]

_PART = r"""(?:[A-Za-z0-9_+\-]++|"(?:[^"\\\n]|\\.)*+(?:"|(?=\n)|\Z)|'[^'\n]*+(?:'|(?=\n)|\Z))"""
_TOML = rf"""\#[^\n]*+                                    # comments and long strings hold nothing of interest
    | \"{{3}}(?:\\.|[^\\])*?(?:\"{{3,5}}+|\Z)
    | '{{3}}.*?(?:'{{3,5}}+|\Z)
    | (?P<chain>{_PART}(?:[ \t]*+\.[ \t]*+{_PART})*+)
    | (?P<open>[\[{{]) | (?P<close>[\]}}])"""
_JSON = r"""\"(?:[^\"\\]|\\.)*+(?:\"|\Z) | (?P<chain>[\w+\-.]++) | (?P<open>[\[{]) | (?P<close>[\]}])"""
_DIGITS = rf"[+-]?[0-9_]{{{DIGITS},}}+"
_SURROGATE = "[\ud800-\udfff]"


class Excess(NamedTuple):
    """What is too much, where the text shows it (`offset`) or where the data does (`path`)."""

    code: str
    message: str
    offset: int = 0
    path: Path = ()


def excess(text: str, format: Format) -> Excess | None:
    """What in the raw text would make a parser work without bound: nesting, dotted keys, endless numbers."""
    depth = ground = 0 if format == "toml" else -1
    tokens = _TOML if format == "toml" else _JSON
    for token in re.finditer(tokens, text, re.DOTALL | re.VERBOSE):
        if token.lastgroup == "open":
            depth += 1
            if depth > DEPTH:
                return _too_deep(token.start())
        elif token.lastgroup == "close":
            depth = max(depth - 1, ground)
        elif token.lastgroup == "chain" and token.end() - token.start() > 2 * DEPTH:
            if re.match(_DIGITS, token[0]):
                message = f"a number is longer than {DIGITS:,} digits"
                return Excess("ARC006", message, token.start())
            if format == "toml" and _longer_than(DEPTH, token[0]):
                return _too_deep(token.start())
    return None


def _longer_than(limit: int, chain: str) -> bool:
    return any(count >= limit for count, _ in enumerate(re.finditer(_PART, chain)))


def _too_deep(offset: int = 0, path: Path = ()) -> Excess:
    return Excess("ARC004", f"values are nested more than {DEPTH} levels deep", offset, path)


def fault_in(data: dict[str, Any], format: Format) -> Excess | None:
    """The first value beyond a bound, by its path."""
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
    """JSON can spell half of a surrogate pair, which is no text and cannot be written anywhere."""
    if isinstance(value, str) and not value.isascii() and re.search(_SURROGATE, value):
        return "the string holds half of a surrogate pair"
    return None


def _scalar_fault(value: object, format: Format) -> str | None:
    if isinstance(value, int) and value not in INTEGERS:
        return "the integer does not fit in 64 bits"
    if format == "json" and isinstance(value, float) and value - value != 0:
        return "the number is not finite"
    return None
