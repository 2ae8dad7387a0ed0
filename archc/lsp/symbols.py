"""The outline of a spec: its sections, and in them the layers, nodes, phases and other tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archc.lsp.analysis import Analysis
from archc.lsp.draft import Draft
from archc.lsp.hints import shape
from archc.lsp.parts import part_at
from archc.source.text.cells import quoted
from archc.source.text.spans import Path, Span

_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Symbol:
    """A table: what it is called, its text with all that belongs to it, the token that names it."""

    name: str
    detail: str
    is_layer: bool
    span: Span
    token: Span
    inside: tuple[Symbol, ...]


def symbols(draft: Draft, analysis: Analysis) -> tuple[Symbol, ...]:
    """Return the tables at the top, each with those in it."""
    extents = _extents(draft)
    children: dict[Path, list[Path]] = {}
    for path in list(draft.pieces)[:_MOST]:
        if path and isinstance(draft.value(path), dict):
            children.setdefault(_holder(path), []).append(path)
    return tuple(_symbol(path, draft, analysis, extents, children) for path in children.get((), ()))


def _holder(path: Path) -> Path:
    """Return the table that a table is in, past the list that holds it."""
    outer = path[:-1]
    while outer and isinstance(path[-1], int) and not isinstance(outer[-1], int):
        return outer[:-1]
    return outer


def _symbol(
    path: Path, draft: Draft, analysis: Analysis, extents: dict[Path, Span], children: dict[Path, list[Path]]
) -> Symbol:
    inside = tuple(_symbol(each, draft, analysis, extents, children) for each in children.get(path, ()))
    piece = draft.pieces[path]
    own = extents.get(path, Span(piece.key.start, max(piece.key.end, piece.value.end)))
    start = min((own.start, *(each.span.start for each in inside)))
    end = max((own.end, *(each.span.end for each in inside)))
    table = draft.value(path)
    part = part_at(analysis, path) if path[0] == "model" and len(path) > 1 else None
    detail = shape(part.out) if part else _detail(table)
    layer = "op" in table or path[:2] == ("model", "nodes")
    token = piece.key if piece.key.end - piece.key.start < 200 and own.start <= piece.key.start else own
    return Symbol(_name(path, table), detail, layer, Span(start, end), _first_line(draft, token), inside)


def _name(path: Path, table: dict[str, Any]) -> str:
    named = next((table[key] for key in ("name", "op") if isinstance(table.get(key), str)), None)
    if isinstance(path[-1], int):
        word = named or next((step for step in reversed(path) if isinstance(step, str)), "")
        return quoted(f"{path[-1]} {word}") if "name" not in table else quoted(str(word) or "-")
    return quoted(str(path[-1])) or "-"


def _detail(table: dict[str, Any]) -> str:
    found = next((table[key] for key in ("kind", "ref") if isinstance(table.get(key), str)), "")
    return quoted(found)


def _first_line(draft: Draft, span: Span) -> Span:
    end = draft.text.find("\n", span.start, span.end)
    return span if end < 0 else Span(span.start, end)


def _extents(draft: Draft) -> dict[Path, Span]:
    """Return the text of each table with a header, up to the next one, without blank lines at its end."""
    starts = [*(header.start for _, header in draft.sections), len(draft.text)]
    found: dict[Path, Span] = {}
    for (path, header), following in zip(draft.sections, starts[1:], strict=True):
        text = draft.text[header.start : following].rstrip()
        found.setdefault(path, Span(header.start, header.start + len(text)))
    return found
