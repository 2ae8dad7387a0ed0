"""Marks: where each key and value of the data stands, read off the tree of a text that the parser accepted.

It follows tables and judges nothing. What it meets a second time it notes as a duplicate, which serves to
explain a text that was refused for exactly that.
"""

from __future__ import annotations

from archc.source.text.limits import Format
from archc.source.text.nodes import VALUES, Node, parts
from archc.source.text.spans import Mark, Marks, Path, Source, Span
from archc.source.text.spelling import name_of
from archc.source.text.tree import tree_of

Part = tuple[str, Span]


class Scan:
    """A walk so far: marks, the newest element of each array of tables, keys written twice."""

    __slots__ = ("duplicates", "format", "marks", "newest", "source", "written")

    def __init__(self, source: Source, format: Format) -> None:
        self.source, self.format = source, format
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
        """Return `path`, marked if new, entered: the newest element where it is an array of tables."""
        if path not in self.marks:
            self.mark(path, part, header, header)
        return (*path, self.newest[path]) if path in self.newest else path


def scan(source: Source, format: Format) -> Scan:
    """Return the marks of the whole document.

    In TOML a table's value and header are its `[header]`, the root's the first character. In JSON the header
    of an object is its key, or its brace where it has none.
    """
    state = Scan(source, format)
    scan_into(state)
    return state


def scan_into(state: Scan) -> None:
    """Mark what the text of the scan's source holds."""
    root = tree_of(state.source.text, state.format).root
    if state.format == "json":
        value = root.value()
        if value is not None:
            scan_value(state, value, (), None)
        return
    top = Span(0, 0)
    state.mark((), top, root.span, top)
    table: Path = ()
    for each in root.children:
        if each.kind == "header":
            table = _header(state, each)
        elif each.kind == "pair":
            _pair(state, each, table)


def named_parts(key: Node, text: str, format: Format) -> list[Part]:
    """Return what the parts of a key say, and where they stand."""
    return [(name_of(text[each.start : each.end], format), each.span) for each in parts(key)]


def _header(state: Scan, header: Node) -> Path:
    """Mark the table that a header opens, and return its path."""
    path: Path = ()
    key = header.child("key")
    if key is None:
        return path
    names = named_parts(key, state.source.text, "toml")
    for name, span in names[:-1]:
        path = state.imply((*path, name), span, header.span)
    name, span = names[-1]
    path = (*path, name)
    if header.children[1].kind == "[":
        path = _append(state, path, span, header.span)
    state.write(path, span, header.span, header.span)
    return path


def _append(state: Scan, path: Path, key: Span, header: Span) -> Path:
    """Return the path of the next element of the array of tables at `path`."""
    index = state.newest.get(path, -1) + 1
    if index == 0:
        state.write(path, key, header, header)
    state.newest[path] = index
    return (*path, index)


def _pair(state: Scan, pair: Node, path: Path) -> None:
    """Mark a pair of the table at `path`."""
    value = pair.value()
    if value is None:
        return
    names = named_parts(pair.children[0], state.source.text, state.format)
    for name, span in names[:-1]:
        path = state.imply((*path, name), span, Span(pair.start, span.end))
    name, key = names[-1]
    path = (*path, name)
    if state.format == "json" and path in state.written:
        state.write(path, key, value.span, key)
        state.mark(path, key, value.span, key)  # a third occurrence is reported with the second
    else:
        scan_value(state, value, path, key)


def scan_value(state: Scan, value: Node, path: Path, key: Span | None) -> None:
    """Mark a value and what it holds. Without a key (an element of a list) the value is its own."""
    index = 0
    for each in value.children:
        if each.kind == "pair":
            _pair(state, each, path)
        elif each.kind in VALUES:
            scan_value(state, each, (*path, index), None)
            index += 1
    span = value.span
    if state.format == "toml":
        header = span if value.kind == "table" else key or span
    else:
        header = key or (span if value.kind == "scalar" else Span(span.start, span.start + 1))
    state.write(path, key or span, span, header)
