"""Marks for a JSON text that the parser has accepted, and the keys it holds twice."""

from __future__ import annotations

import re

from archc.source.text.spans import Mark, Path, Source, Span
from archc.source.text.toml_marks import Scan

_SPACE = re.compile(r"[ \t\r\n]*+")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_PLAIN = re.compile(r"[\w+\-.]++")


def scan(source: Source) -> Scan:
    """Marks of the whole document. The header of an object is its key, or its brace where it has none."""
    state = Scan(source)
    _value(state, _space(source.text, 0), (), None)
    return state


def _value(state: Scan, pos: int, path: Path, key: Span | None) -> int:
    """The offset after the value at `pos`."""
    text = state.source.text
    opening = text[pos]
    if opening == "{":
        end = _object(state, pos, path)
    elif opening == "[":
        end = _list(state, pos, path)
    else:
        found = _STRING.match(text, pos) or _PLAIN.match(text, pos)
        end = found.end() if found else len(text)
    value = Span(pos, end)
    brace = Span(pos, pos + 1)
    header = key or (brace if opening in "{[" else value)
    state.marks[path] = Mark(state.source, key or value, value, header)
    return end


def _object(state: Scan, pos: int, path: Path) -> int:
    text = state.source.text
    keys: dict[str, Span] = {}
    pos = _space(text, pos + 1)
    while text[pos] != "}":
        end = _end_of_string(text, pos)
        name, span = _name(text[pos:end]), Span(pos, end)
        if name in keys:
            state.duplicates.append(((*path, name), keys[name], span))
        keys[name] = span
        colon = _space(text, end)
        pos = _space(text, _value(state, _space(text, colon + 1), (*path, name), span))
        pos = _space(text, pos + 1) if text[pos] == "," else pos
    return pos + 1


def _list(state: Scan, pos: int, path: Path) -> int:
    text = state.source.text
    pos, index = _space(text, pos + 1), 0
    while text[pos] != "]":
        pos = _space(text, _value(state, pos, (*path, index), None))
        pos = _space(text, pos + 1) if text[pos] == "," else pos
        index += 1
    return pos + 1


def _end_of_string(text: str, pos: int) -> int:
    found = _STRING.match(text, pos)
    return found.end() if found else len(text)


def _name(raw: str) -> str:
    if "\\" not in raw:
        return raw[1:-1]
    import json

    name: str = json.loads(raw)
    return name


def _space(text: str, pos: int) -> int:
    found = _SPACE.match(text, pos)
    return found.end() if found else pos
