"""Completions at the cursor: keys, values, names, headers. Works on text that is broken there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from archc.lsp import pages, wording
from archc.lsp.analysis import Analysis
from archc.lsp.candidates import candidates
from archc.lsp.draft import Draft, Slot
from archc.lsp.references import names, reference_at
from archc.lsp.snippets import key_snippet
from archc.source.text.cells import clipped
from archc.source.text.spans import Path, Span
from archc.source.text.toml_text import inline
from archc.spec import keys as language
from archc.spec.keys import Key

_HEADER_DEPTH = 3
BY_OUTPUT: tuple[Path, ...] = (("losses",), ("metrics", "of"), ("expect", "outputs"), ("data", "targets"))
"""Tables whose keys are the names of a graph's outputs."""

Sort = Literal["key", "value", "name", "table"]


@dataclass(frozen=True, slots=True)
class Completion:
    """Something to write in place of `span`.

    Attributes:
        label: what is shown.
        typed: what the text at the cursor is compared with.
        text: what is written; a snippet with places to fill where `is_snippet`.
        detail: a few words beside the label.
        page: what there is to say of it, as Markdown.
    """

    label: str
    sort: Sort
    span: Span
    typed: str
    text: str
    detail: str = ""
    page: str = ""
    is_snippet: bool = False
    first: bool = False


def completions(
    draft: Draft, analysis: Analysis, offset: int, *, snippets: bool = True
) -> tuple[Completion, ...]:
    """Return what fits at the cursor, the likeliest first.

    `analysis` may be that of an earlier text with a plan.
    """
    slot = draft.slot_at(offset)
    slot = _up_to(offset, slot, draft) if slot else None
    if slot is None or "\n" in draft.written(slot.token):
        return ()  # an editor replaces text of one line only
    if slot.role == "key":
        return tuple(_keys(draft, slot, snippets))
    if slot.role == "value":
        return tuple(_values(draft, analysis, slot, offset))
    return tuple(_headers(draft, slot))


def _up_to(offset: int, slot: Slot, draft: Draft) -> Slot:
    """Return the slot; of an unclosed string only what is typed, as the rest may be no part of it."""
    token = draft.written(slot.token)
    closed = token[:1] not in ("'", '"') or (len(token) > 1 and token[-1] == token[0])
    return slot if closed else slot._replace(token=Span(slot.token.start, offset))


def _keys(draft: Draft, slot: Slot, snippets: bool) -> Iterator[Completion]:
    table = draft.value(slot.path)
    own = draft.name(slot.token)
    taken = {key for key in table if key != own} if isinstance(table, dict) else set()
    for name in _free_names(draft, slot.path):
        if name not in taken:
            yield _key(draft, slot, name, None, snippets)
    tag = language.tag_at(slot.path, draft.data)
    chosen = isinstance(table, dict) and isinstance(table.get(tag), str)
    for key in language.keys_at(slot.path, draft.data).values():
        if key.name not in taken and (tag is None or chosen or key.name == tag):
            yield _key(draft, slot, key.name, key, snippets)


def _free_names(draft: Draft, path: Path) -> list[str]:
    """Return the names that a table keyed by outputs may have."""
    return names(draft, ("model", "outputs")) if path in BY_OUTPUT else []


def _key(draft: Draft, slot: Slot, name: str, key: Key | None, snippets: bool) -> Completion:
    quoted = wording.written(name) if draft.format == "json" else name
    written = draft.written(slot.token)
    text, is_snippet = quoted, False
    if not _has_value(draft, slot.token.end):
        text, is_snippet = key_snippet(draft, slot.path, name, key, snippets)
    is_tag = language.tag_at(slot.path, draft.data) == name
    return Completion(
        name,
        "key",
        slot.token,
        quoted if written[:1] in ("'", '"') else name,
        text,
        "which kind" if is_tag else _detail(key) if key else "",
        pages.key_page((*slot.path, name), draft.data) or "",
        is_snippet,
        key is None or is_tag or language.is_required(key),
    )


def _detail(key: Key) -> str:
    return clipped(wording.kind(key.hint).replace("`", ""), 40)


def _has_value(draft: Draft, offset: int) -> bool:
    rest = draft.text[offset : offset + 80].lstrip(" \t")
    return rest.startswith((":",) if draft.format == "json" else ("=", "."))


def _values(draft: Draft, analysis: Analysis, slot: Slot, offset: int) -> Iterator[Completion]:
    path = slot.path
    reference = reference_at(path, draft.data)
    if reference is not None and str in language.hints_at(path, draft.data):  # names may stand in a list only
        typed = draft.written(Span(slot.token.start, max(offset, slot.token.start))).strip("\"'")
        for each in candidates(reference, draft, analysis, typed):
            yield _value(draft, slot, each.name, "name", each.detail, each.page)
    for choice in language.choices_at(path, draft.data):
        yield _value(draft, slot, choice.value, "value", "", choice.doc)
    key = language.key_at(path, draft.data)
    if key is not None and reference is None and isinstance(path[-1], str):
        for example in key.examples:
            yield _value(draft, slot, example, "value", "an example", "")


def _value(draft: Draft, slot: Slot, value: Any, sort: Sort, detail: str, page: str) -> Completion:
    text = wording.written(value) if draft.format == "json" else inline(value)
    label = value if isinstance(value, str) else text
    quoted = draft.written(slot.token)[:1] in ("'", '"')
    return Completion(label, sort, slot.token, text if quoted else label, text, detail, page)


def _headers(draft: Draft, slot: Slot) -> Iterator[Completion]:
    """Yield the tables that a header may open; those that have one already are left out."""
    many = slot.role == "tables"
    if not many:
        table = draft.value(slot.path)
        for name in _free_names(draft, slot.path):
            if not isinstance(table, dict) or name not in table or name == draft.name(slot.token):
                yield Completion(name, "table", slot.token, name, name)
    opened = {path for path, span in draft.sections if not span.start <= slot.token.start <= span.end}
    for path, key in _tables_below(slot.path, draft.data, many, _HEADER_DEPTH):
        name = ".".join(path)
        if many or (*slot.path, *path) not in opened:
            page = wording.key_page(key)
            yield Completion(name, "table", slot.token, name, name, _detail(key), page)


def _tables_below(path: Path, data: Any, many: bool, depth: int) -> Iterable[tuple[tuple[str, ...], Key]]:
    for key in language.keys_at(path, data).values():
        at = (*path, key.name)
        hints = language.hints_at(at, data)
        if any(map(language.is_table, hints)):
            if not many:
                yield (key.name,), key
            if depth > 1:
                inner = _tables_below(at, data, many, depth - 1)
                yield from (((key.name, *rest), below) for rest, below in inner)
        elif many and _holds_tables(at, data):
            yield (key.name,), key


def _holds_tables(path: Path, data: Any) -> bool:
    return any(map(language.is_table, language.hints_at((*path, 0), data)))
