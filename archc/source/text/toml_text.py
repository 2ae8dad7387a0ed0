"""Plain data as TOML that people like to read: tables as headers where they are long, else in a line.

Written here and not by a library, because none puts comments where they belong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archc.files.errors import printable
from archc.source.text.quoting import is_bare
from archc.source.text.spans import Path

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Comments:
    """The comments above a table, and behind its header."""

    above: Mapping[Path, str] = field(default_factory=dict)
    behind: Mapping[Path, str] = field(default_factory=dict)


def toml_text(data: Mapping[str, Any], comments: Comments | None = None) -> str:
    """Return the text of `data`: text, numbers, booleans, lists and tables; a reader gives back the same.

    The order of a table's keys is kept among those of one form: values come before tables, as TOML wants it.
    """
    return "".join(f"{line}\n" for line in _table(data, (), comments or Comments())).lstrip("\n")


def _table(data: Mapping[str, Any], at: Path, comments: Comments) -> Iterator[str]:
    apart = _under_headers(data)
    for key, value in data.items():
        if key not in apart:
            yield from _entry(key, value)
    for key in (key for key in data if key in apart):
        yield from _header(data[key], (*at, key), comments)


def _under_headers(data: Mapping[str, Any]) -> set[str]:
    """Return the keys of a table whose values stand under headers of their own."""
    apart = {key for key, value in data.items() if _apart(key, value)}
    if apart and all(isinstance(value, Mapping) for value in data.values()):
        return set(data)  # a table of tables, whose order may mean something
    return apart


def _header(value: Any, at: Path, comments: Comments) -> Iterator[str]:
    if isinstance(value, Mapping):
        silent = at not in comments.above and at not in comments.behind
        if not (value and silent and _under_headers(value) == set(value)):  # what is below says it as well
            yield from _opened(f"[{_dotted(at)}]", at, comments)
        yield from _table(value, at, comments)
        return
    for i, item in enumerate(value):
        yield from _opened(f"[[{_dotted(at)}]]", (*at, i), comments)
        for key, inner in item.items():
            yield from _entry(key, inner)


def _opened(header: str, at: Path, comments: Comments) -> Iterator[str]:
    above, behind = comments.above.get(at), comments.behind.get(at)
    if above is not None or not isinstance(at[-1], int) or at[-1] == 0:
        yield ""
    if above is not None:
        yield f"# {printable(above)}"
    yield f"{header:39} # {printable(behind)}" if behind else header


def _apart(key: str, value: Any) -> bool:
    """Return True where a value stands under a header of its own."""
    tables = isinstance(value, Mapping) or (isinstance(value, Sequence) and _all_tables(value))
    return tables and bool(value) and len(key) + len(inline(value)) > WIDTH


def _all_tables(value: Any) -> bool:
    return not isinstance(value, str) and bool(value) and all(isinstance(v, Mapping) and v for v in value)


def _entry(key: str, value: Any) -> Iterator[str]:
    """Yield `key = value`; a long list has a line for each item."""
    line = f"{_key(key)} = {inline(value)}"
    if len(line) <= WIDTH or not isinstance(value, Sequence) or isinstance(value, str):
        yield line
        return
    yield f"{_key(key)} = ["
    yield from (f"    {inline(item)}," for item in value)
    yield "]"


def inline(value: Any) -> str:
    """Return a value on one line, as it stands behind a key."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return _string(value)
        case Mapping():
            inside = ", ".join(f"{_key(key)} = {inline(inner)}" for key, inner in value.items())
            return f"{{ {inside} }}" if inside else "{}"
        case Sequence():
            return f"[{', '.join(map(inline, value))}]"
    raise TypeError(f"no TOML for {type(value).__name__}")


def _string(text: str) -> str:
    """Return a basic string; a literal one where backslashes would be doubled, as in regular expressions."""
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    written = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() or c == " " else _escaped(c) for c in written)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def _key(key: str) -> str:
    return key if is_bare(key) else _string(key)


def _dotted(at: Path) -> str:
    return ".".join(_key(str(part)) for part in at if not isinstance(part, int))
