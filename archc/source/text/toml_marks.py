"""Marks for a TOML text that tomli has accepted (TOML 1.1): where each key and value of its data stands.

It relies on that acceptance: it tells tokens apart and follows tables, and judges nothing. What it meets a
second time it notes as a duplicate, which serves to explain a text that tomli refused for exactly that.
"""

from __future__ import annotations

import re

from archc.source.text.spans import Mark, Marks, Path, Source, Span

_BLANK = re.compile(r"[ \t]*+")
_GAP = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_BARE = re.compile(r"[A-Za-z0-9_-]++")
_STRING = re.compile(
    r"""\"{3}(?:[^\\"]|\\.|"{1,2}(?!"))*+"{3,5} | '{3}(?:[^']|'{1,2}(?!'))*+'{3,5}
    | "(?:[^"\\\n]|\\.)*+" | '[^'\n]*+'""",
    re.DOTALL | re.VERBOSE,
)
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d[ ]\d\d:[\d:.]++(?:[Zz]|[+-]\d\d:\d\d)?|[\w+\-.:]++")

Part = tuple[str, Span]


class Unscannable(Exception):
    """The text is no TOML at this offset."""


class Scan:
    """What is known so far: marks, the newest element of each array of tables, keys written twice."""

    __slots__ = ("duplicates", "marks", "newest", "source", "written")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.marks: Marks = {}
        self.newest: dict[Path, int] = {}
        self.written: set[Path] = set()
        self.duplicates: list[tuple[Path, Span, Span]] = []

    def mark(self, path: Path, key: Span, value: Span, header: Span) -> None:
        self.marks[path] = Mark(self.source, key, value, header)

    def write(self, path: Path, key: Span, value: Span, header: Span) -> None:
        """Mark a path that the text spells out, and so may spell out only once."""
        if path in self.written:
            self.duplicates.append((path, self.marks[path].key, key))
            return
        self.written.add(path)
        self.mark(path, key, value, header)

    def imply(self, path: Path, part: Span, header: Span) -> Path:
        """`path`, marked if new, and entered: the newest element where it is an array of tables."""
        if path not in self.marks:
            self.mark(path, part, header, header)
        return (*path, self.newest[path]) if path in self.newest else path


def scan(source: Source) -> Scan:
    """Marks of the whole document. A table's value is its header; the root's is the first character."""
    state = Scan(source)
    top = Span(0, 0)
    state.mark((), top, Span(0, len(source.text)), top)
    scan_into(state)
    return state


def scan_into(state: Scan) -> None:
    text = state.source.text
    table: Path = ()
    pos = _gap(text, 0)
    while pos < len(text):
        if text[pos] == "[":
            pos, table = _header(state, pos)
        else:
            pos = _pair(state, pos, table)
        pos = _gap(text, pos)


def _header(state: Scan, pos: int) -> tuple[int, Path]:
    text = state.source.text
    brackets = 2 if text.startswith("[[", pos) else 1
    parts, end = read_key(text, pos + brackets)
    header = Span(pos, end + brackets)
    path: Path = ()
    for name, span in parts[:-1]:
        path = state.imply((*path, name), span, header)
    name, span = parts[-1]
    path = (*path, name)
    if brackets == 2:
        path = _append(state, path, span, header)
    state.write(path, span, header, header)
    return header.end, path


def _append(state: Scan, path: Path, key: Span, header: Span) -> Path:
    """The path of the next element of the array of tables at `path`."""
    index = state.newest.get(path, -1) + 1
    if index == 0:
        state.write(path, key, header, header)
    state.newest[path] = index
    return (*path, index)


def _pair(state: Scan, pos: int, table: Path) -> int:
    """The offset after `key = value`, which belongs to `table`."""
    text = state.source.text
    parts, pos = read_key(text, pos)
    path = table
    for name, span in parts[:-1]:
        path = state.imply((*path, name), span, Span(parts[0][1].start, span.end))
    name, key = parts[-1]
    if not text.startswith("=", pos):
        raise Unscannable(pos)
    return scan_value(state, _blank(text, pos + 1), (*path, name), key)


def scan_value(state: Scan, pos: int, path: Path, key: Span | None) -> int:
    """The offset after the value at `pos`. Without a key (an element of a list) the value is its own."""
    text = state.source.text
    opening = text[pos : pos + 1]
    if opening == "[":
        end = _list(state, pos, path)
    elif opening == "{":
        end = _table(state, pos, path)
    else:
        end = read_scalar(text, pos)
    value = Span(pos, end)
    state.write(path, key or value, value, value if opening == "{" else key or value)
    return end


def _list(state: Scan, pos: int, path: Path) -> int:
    text = state.source.text
    pos, index = _gap(text, pos + 1), 0
    while not text.startswith("]", pos):
        pos = _gap(text, scan_value(state, pos, (*path, index), None))
        pos = _comma(text, pos, "]")
        index += 1
    return pos + 1


def _table(state: Scan, pos: int, path: Path) -> int:
    text = state.source.text
    pos = _gap(text, pos + 1)
    while not text.startswith("}", pos):
        pos = _gap(text, _pair(state, pos, path))
        pos = _comma(text, pos, "}")
    return pos + 1


def _comma(text: str, pos: int, closing: str) -> int:
    """The offset of what follows a comma, or of the closing bracket."""
    if text.startswith(",", pos):
        return _gap(text, pos + 1)
    if not text.startswith(closing, pos):
        raise Unscannable(pos)
    return pos


def read_scalar(text: str, pos: int) -> int:
    """The offset after the string, number, boolean or date at `pos`."""
    found = _STRING.match(text, pos) or _PLAIN.match(text, pos)
    if found is None:
        raise Unscannable(pos)
    return found.end()


def read_key(text: str, pos: int) -> tuple[list[Part], int]:
    """The parts of a dotted key and the offset after it and the blanks that follow."""
    parts: list[Part] = []
    while True:
        pos = _blank(text, pos)
        found = _BARE.match(text, pos) or _STRING.match(text, pos)
        if found is None:
            raise Unscannable(pos)
        parts.append((_name(found[0]), Span(pos, found.end())))
        pos = _blank(text, found.end())
        if not text.startswith(".", pos):
            return parts, pos
        pos += 1


def _name(raw: str) -> str:
    if raw[0] not in "\"'":
        return raw
    if "\\" not in raw:
        return raw[1:-1]
    import tomli

    name: str = tomli.loads(f"key = {raw}")["key"]
    return name


def _blank(text: str, pos: int) -> int:
    found = _BLANK.match(text, pos)
    return found.end() if found else pos


def _gap(text: str, pos: int) -> int:
    found = _GAP.match(text, pos)
    return found.end() if found else pos
