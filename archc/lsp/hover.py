"""The page on the place under the pointer, as Markdown."""

from __future__ import annotations

from dataclasses import dataclass

from archc.lsp import pages
from archc.lsp.analysis import Analysis
from archc.lsp.draft import Draft, Slot
from archc.lsp.references import reference_at, reference_page
from archc.source.text.spans import Path, Span
from archc.spec import keys as language


@dataclass(frozen=True, slots=True)
class Hover:
    """A text and the span that it is about."""

    span: Span
    text: str


def hover(draft: Draft, analysis: Analysis, offset: int) -> Hover | None:
    """Return what is known of the key, value or table at an offset."""
    slot = draft.slot_at(offset)
    if slot is None or slot.token.start == slot.token.end:
        return _of_brackets(draft, analysis, offset)
    texts = _of_value(draft, analysis, slot) if slot.role == "value" else _of_key(draft, analysis, slot)
    found = [text for text in texts if text]
    return Hover(slot.token, "\n\n---\n\n".join(found)) if found else None


def _of_key(draft: Draft, analysis: Analysis, slot: Slot) -> list[str | None]:
    path = (*slot.path, draft.name(slot.token))
    texts = [pages.key_page(path, draft.data)]
    value = draft.value(path)
    if isinstance(value, list) and slot.role == "tables" and value:
        index = _element(draft, path, slot.token.start)
        texts.append(pages.layer_page(analysis, (*path, index), draft.data))
    elif isinstance(value, dict | list):
        texts.append(pages.layer_page(analysis, path, draft.data))
    return texts


def _of_value(draft: Draft, analysis: Analysis, slot: Slot) -> list[str | None]:
    path = slot.path
    table = path[:-1]
    if path and language.tag_at(table, draft.data) == path[-1]:
        return [
            pages.layer_page(analysis, table, draft.data),
            pages.kind_page(table, draft.data, draft.value(path)),
        ]
    if (reference := reference_at(path, draft.data)) is not None:
        text = reference_page(reference, draft, analysis)
        if text:
            return [text]
    return [pages.key_page(path, draft.data)]


def _of_brackets(draft: Draft, analysis: Analysis, offset: int) -> Hover | None:
    """Return the layer whose table's brackets the pointer is at."""
    around = [
        (piece.value.end - piece.value.start, path)
        for path, piece in draft.pieces.items()
        if piece.value.start <= offset <= piece.value.end and isinstance(draft.value(path), dict) and path
    ]
    if not around:
        return None
    path = min(around)[1]
    span = draft.pieces[path].value
    if offset not in (span.start, span.end - 1, span.end):
        return None
    text = pages.layer_page(analysis, path, draft.data)
    return Hover(span, text) if text else None


def _element(draft: Draft, path: Path, offset: int) -> int:
    """Return which table of an array of tables the header around an offset opens."""
    for table, header in draft.sections:
        if table[:-1] == path and header.start <= offset <= header.end:
            return int(table[-1])
    return 0
