"""Changes to a document's text by its marks: what they do not name stays as it is, to the byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import takewhile, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from archc.source.diagnostics.diagnostic import Written
from archc.source.text.marks import Scan, scan_into
from archc.source.text.nodes import TRIVIA
from archc.source.text.quoting import quoted_string, written_key
from archc.source.text.spans import Path, Source, Span, value_at
from archc.source.text.tree import tree_of

if TYPE_CHECKING:
    from archc.source.document.document import Document
    from archc.source.text.limits import Format

_LITERAL = re.compile(r"[^'\x00-\x08\x0a-\x1f\x7f]*")


class Edit(NamedTuple):
    """`text` in place of what stands at `span`."""

    span: Span
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with all edits made. They must not overlap."""
    parts: list[str] = []
    end = 0
    for span, new in sorted(edits):
        parts += (text[end : span.start], new)
        end = span.end
    return "".join((*parts, text[end:]))


def rename(document: Document, path: Path, name: str) -> tuple[Edit, ...]:
    """Return the key at `path`, wherever the text writes it, called `name`; none where an override set it."""
    mark = document.marks.get(path)
    if mark is None or mark.source is not document.source:
        return ()
    key = written_key(name, document.format)
    places = _written_keys(document.source).get(path, []) if document.format == "toml" else [mark.key]
    return tuple(Edit(span, key) for span in places)


def replace(document: Document, path: Path, value: Written) -> tuple[Edit, ...]:
    """Return the scalar at `path` written anew; none where an override set it."""
    mark = document.marks.get(path)
    if (
        mark is None
        or mark.source is not document.source
        or isinstance(value_at(document.data, path), (dict, list))
    ):
        return ()
    raw = document.text[mark.value.start : mark.value.end]
    return (Edit(mark.value, written(value, raw, document.format)),)


def insert(document: Document, key: str, value: Written) -> tuple[Edit, ...]:
    """Return `key` as the first of the document's keys."""
    line = written_key(key, document.format)
    if document.format == "json":
        return (_insert_json(document.text, f"{line}: {written(value, '', 'json')}"),)
    return (_insert_toml(document.text, f"{line} = {written(value, '', 'toml')}"),)


def written(value: Written, before: str, format: Format) -> str:
    """Return a value as text, as near as may be to what stood there `before`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + (before if value == [before[1:-1]] else ", ".join(map(quoted_string, value))) + "]"
    if isinstance(value, str):
        return _written_string(value, before, format)
    inside = before.strip("\"'")
    return inside if _spells(inside, value) else repr(value)


def _written_string(value: str, before: str, format: Format) -> str:
    if before and before[0] not in "\"'":  # a number or boolean, put in quotes as it is spelled
        return quoted_string(before)
    literal = format == "toml" and before.startswith("'") and not before.startswith("'''")
    return f"'{value}'" if literal and _LITERAL.fullmatch(value) else quoted_string(value)


def _spells(raw: str, value: float) -> bool:
    """Return True where both formats read `raw` as the number, so that 1e-3 need not become 0.001."""
    try:
        found = json.loads(raw)
    except ValueError:
        return False
    return type(found) is type(value) and found == value


def _insert_toml(text: str, line: str) -> Edit:
    """Return a line below the comment that the file begins with."""
    at = _end_of_top_comments(text)
    end = "\r\n" if "\r\n" in text else "\n"
    before = end if at and text[at - 1] != "\n" else ""
    rest = text[at:].lstrip(" \t")
    after = end if rest.startswith(("[", "#")) else ""
    return Edit(Span(at, at), f"{before}{line}{end}{after}")


def _end_of_top_comments(text: str) -> int:
    """Return the offset after the lines of comments that a text begins with."""
    end = 0
    tokens = [each for each in tree_of(text, "toml").tokens if each.kind != "blank"]
    for comment, newline in zip_longest(tokens[::2], tokens[1::2]):
        if comment.kind != "comment":
            break
        end = newline.end if newline else comment.end
    return end


def _insert_json(text: str, pair: str) -> Edit:
    """Return the first pair of the object, on a line of its own where the next one has one."""
    table = tree_of(text, "json").root.value()
    assert table is not None  # a document is an object
    opening, *inside = table.children
    at = opening.end
    trivia = takewhile(lambda each: each.kind in TRIVIA, inside)
    space = text[at : max((each.end for each in trivia), default=at)]
    if text.startswith("}", at + len(space)):
        return Edit(Span(at, at), pair)
    return Edit(Span(at, at), f"{space}{pair}," + ("" if "\n" in space else " " if not space else ""))


@lru_cache(maxsize=1)
def _written_keys(source: Source) -> dict[Path, list[Span]]:
    """Return every place where each key is written; kept for the last text, which is asked for many keys."""
    state = _Keys(source, "toml")
    scan_into(state)
    return state.places


class _Keys(Scan):
    """A scan that notes every place where a key is written: headers and dotted keys repeat it."""

    __slots__ = ("places",)

    def __init__(self, source: Source, format: Format) -> None:
        super().__init__(source, format)
        self.places: dict[Path, list[Span]] = {}

    def imply(self, path: Path, part: Span, header: Span) -> Path:
        self._note(path, part)
        return Scan.imply(self, path, part, header)

    def write(self, path: Path, key: Span, value: Span, header: Span) -> None:
        if isinstance(path[-1], str):
            self._note(path, key)
        elif key != value:
            self._note(path[:-1], key)
        Scan.write(self, path, key, value, header)

    def _note(self, path: Path, span: Span) -> None:
        spans = self.places.setdefault(path, [])
        if span not in spans:
            spans.append(span)
