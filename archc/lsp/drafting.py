"""Tree to draft.

The tree of a text knows where keys and values are written. This adds, by one walk in the order of the text,
what they say, and the slots: a token that is written, or the gap in which one is expected, which is the space
behind an opening bracket, a comma or an equals sign, and every empty line. In `a = [1, ]` the second element
may be written at either side of the last blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from archc.lsp.draft import Draft, Piece, Role, Slot
from archc.source.text.limits import DEPTH, VALUES, Format
from archc.source.text.nodes import VALUES as VALUE_KINDS
from archc.source.text.nodes import Node, parts
from archc.source.text.spans import Path, Span
from archc.source.text.spelling import name_of
from archc.source.text.tree import tree_of

Table = dict[str, Any]


def drafted(text: str, format: Format) -> Draft:
    """Return the draft of a text without byte order mark."""
    state = _Drafting(text, format)
    root = tree_of(text, format).root
    if format == "toml":
        state.statements(root)
    elif (value := root.value()) is not None and value.kind == "table":
        state.data = state.value(value, (), None)
    return Draft(text, format, state.data, state.pieces, tuple(state.slots), tuple(state.sections))


@dataclass(slots=True)
class _Drafting:
    """A draft as it is made. Bounded as documents are: what lies beyond is left out."""

    text: str
    format: Format
    data: Table = field(default_factory=dict)
    pieces: dict[Path, Piece] = field(default_factory=dict)
    slots: list[Slot] = field(default_factory=list)
    sections: list[tuple[Path, Span]] = field(default_factory=list)

    def slot(self, role: Role, path: Path, token: Span) -> None:
        """Add the slot of a token."""
        self.slots.append(Slot(role, path, token, token))

    def gap(self, role: Role, path: Path, start: int, end: int) -> None:
        """Add a stretch in which nothing is written yet; none where a cursor means what stands next to it."""
        before = self.slots[-1] if self.slots else None
        if before and before[:2] == (role, path) and before.reach.end + 1 == start <= end:
            self.slots[-1] = Slot(
                role, path, Span(end, end), Span(before.reach.start, end)
            )  # one more empty line
        elif start <= end:
            self.slots.append(Slot(role, path, Span(end, end), Span(start, end)))

    def full(self, path: Path) -> bool:
        """Return True where no more is to be read."""
        return len(path) > DEPTH or len(self.pieces) > VALUES

    def statements(self, root: Node) -> None:
        """Read headers and pairs; between them are empty lines, in which a key may be written."""
        self.pieces[()] = Piece(Span(0, 0), root.span)
        table, path = self.data, Path()
        fresh: int | None = 0  # where a line begins that holds nothing so far
        for each in root.children:
            if self.full(()):
                return
            if fresh is not None and each.kind in ("newline", "comment"):
                self.gap("key", path, fresh, (each.end if each.kind == "newline" else each.start) - 1)
            if each.kind == "header":
                path, table = self.header(each)
            elif each.kind == "pair":
                self.pair(each, path, table)
            fresh = each.end if each.kind == "newline" else fresh if each.kind == "blank" else None
        if fresh is not None or self.text.endswith(("\n", "\r")):  # or else brackets are open up to here
            self.gap("key", path, len(self.text) if fresh is None else fresh, len(self.text))

    def header(self, header: Node) -> tuple[Path, Table]:
        """Return the table that a header opens: its path and its data."""
        many = header.children[1:2] != () and header.children[1].kind == "["
        role: Role = "tables" if many else "table"
        key = header.child("key")
        names: list[tuple[str, Span]] = []
        for part in parts(key)[: DEPTH + 1] if key else ():
            self.slot(role, self.resolved(names), part.span)
            names.append((self.name(part), part.span))
        if key is None or key.children[-1].kind == ".":
            closing = header.child("]")
            at = closing.start if closing else header.end
            self.slot(role, self.resolved(names), Span(at, at))
        path, table = Path(), self.data
        for name, span in names[: -1 if many else None]:
            path, table = self.opened((*path, name), table, Piece(span, header.span))
        if many and names:
            name, span = names[-1]
            path, table = self.appended((*path, name), table, Piece(span, header.span))
        if names:
            self.pieces[path] = Piece(names[-1][1], header.span)
            self.sections.append((path, header.span))
        return path, table

    def name(self, part: Node) -> str:
        return name_of(self.text[part.start : part.end], self.format)

    def resolved(self, names: Sequence[tuple[str, Span]]) -> Path:
        """Return the path of the table that names lead to, through the newest of each array of tables."""
        path: Path = ()
        value: Any = self.data
        for name, _ in names:
            path = (*path, name)
            value = value.get(name) if isinstance(value, dict) else None
            if isinstance(value, list) and value:
                path, value = (*path, len(value) - 1), value[-1]
        return path

    def opened(self, path: Path, table: Table, piece: Piece) -> tuple[Path, Table]:
        """Return the table at a path; in an array of tables the newest."""
        name = str(path[-1])
        inner = _entered(table, name)
        self.pieces.setdefault(path, piece)
        held = table[name]
        return ((*path, len(held) - 1), inner) if isinstance(held, list) else (path, inner)

    def appended(self, path: Path, table: Table, piece: Piece) -> tuple[Path, Table]:
        """Return the next table of an array; a table of that name is entered, as `[[model` may go on."""
        name = str(path[-1])
        held = table.get(name)
        if isinstance(held, dict):
            return path, held
        if not isinstance(held, list):
            held = table[name] = []
        self.pieces.setdefault(path, piece)
        inner: Table = {}
        held.append(inner)
        return (*path, len(held) - 1), inner

    def pair(self, pair: Node, path: Path, table: Table) -> None:
        """Put a pair into its table, with None for a value that is not written yet."""
        names = self.key(pair.children[0], path)
        separator = pair.child("=" if self.format == "toml" else ":")
        if separator is None:
            return
        for name, span in names[:-1]:
            path = (*path, name)
            self.pieces.setdefault(path, Piece(span, span))
            table = _entered(table, name)
        name, key = names[-1]
        path, start = (*path, name), separator.end
        value = pair.value()
        if value is not None:
            self.gap("value", path, start, value.start - 1)
            table[name] = self.value(value, path, key)
        else:
            self.gap("value", path, start, self.past_blanks(start))
            self.pieces[path] = Piece(key, Span(start, start))
            table[name] = None

    def key(self, key: Node, path: Path) -> list[tuple[str, Span]]:
        """Return what the parts of a key say and where they stand; each is a slot, as is the end of `a.`."""
        names: list[tuple[str, Span]] = []
        for part in parts(key)[: DEPTH + 1]:
            self.slot("key", (*path, *(name for name, _ in names)), part.span)
            names.append((self.name(part), part.span))
        if key.children[-1].kind == ".":
            at = self.past_blanks(key.end)
            self.slot("key", (*path, *(name for name, _ in names)), Span(at, at))
        return names

    def past_blanks(self, at: int) -> int:
        rest = self.text[at : self.text.find("\n", at) if "\n" in self.text[at:] else None]
        return at + len(rest) - len(rest.lstrip(" \t"))

    def value(self, value: Node, path: Path, key: Span | None) -> Any:
        """Return what a value says; None for what is no value (yet)."""
        if self.full(path):
            return None
        if value.kind == "scalar":
            raw = self.text[value.start : value.end]
            read = name_of(raw, self.format) if raw[0] in "\"'" else number_of(raw)
            self.slot("value", path, value.span)
        else:
            read = self.entries(value, path)
        self.pieces[path] = Piece(key or value.span, value.span)
        return read

    def entries(self, holder: Node, path: Path) -> Any:
        """Return the values of a list, or the pairs of an inline table or object."""
        values: list[Any] = []
        table: Table = {}
        is_list = holder.kind == "list"
        since: int | None = None  # the beginning of the space in which an entry is expected
        behind_comment = False
        for each in holder.children:
            if self.full(path):
                break
            at = (*path, len(values)) if is_list else path
            ends_line, behind_comment = behind_comment and each.kind == "newline", each.kind == "comment"
            if since is not None and each.kind not in ("blank", "newline"):
                reach = each.start if each.kind in ("comment", ",", "]", "}") else each.start - 1
                self.gap("value" if is_list else "key", at, since, reach)
            if each.kind in VALUE_KINDS:
                values.append(self.value(each, at, None))
            elif each.kind == "pair":
                self.pair(each, path, table)
            if each.kind in VALUE_KINDS or each.kind == "pair":
                since = None
            elif each.kind in ("[", "{", ",") or (
                since is not None and (ends_line or each.kind not in ("blank", "newline"))
            ):
                since = each.end
        if since is not None and holder.children[-1].kind not in ("]", "}"):
            end = holder.end
            reach = end - (end < len(self.text) and self.text[end] not in "]},")
            self.gap("value" if is_list else "key", (*path, len(values)) if is_list else path, since, reach)
        return values if is_list else table


def _entered(table: Table, name: str) -> Table:
    """Return the table below a key, made where there is none; the newest of an array of tables."""
    inner = table.get(name)
    if isinstance(inner, list) and inner and isinstance(inner[-1], dict):
        return inner[-1]
    if not isinstance(inner, dict):
        inner = table[name] = {}
    return inner


def number_of(word: str) -> Any:
    """Return a number or a truth; None for a word that is neither."""
    if word in ("true", "false"):
        return word == "true"
    digits = word.replace("_", "")
    if len(digits) > 40:
        return None
    for read in (int, lambda text: int(text, 0), float):
        try:
            return read(digits)
        except ValueError:
            continue
    return None
