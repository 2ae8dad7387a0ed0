"""`archc fmt`: a document's text in canonical order and layout, proven to say the same."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from archc.source.document.load import language_keys
from archc.source.document.parse import Refused, parse
from archc.source.text.canonical_order import Order, ordered
from archc.source.text.limits import DEPTH, VALUES
from archc.source.text.spans import Path, Source
from archc.source.text.toml_blocks import blocks
from archc.source.text.toml_layout import laid_out
from archc.source.text.tree import tree_of

if TYPE_CHECKING:
    from archc.source.document.document import Document
    from archc.spec.keys import KeysAt


def canonical(document: Document, *, keys_at: KeysAt = language_keys) -> str | None:
    """Return the canonical text; None where none was found that provably holds the same values and comments.

    Where tables cannot be brought into order without changing the order of names that has a meaning, they
    stay in theirs.
    """
    # Not the document's data, which lacks what is meant for editors.
    data, marks = parse(document.source, document.format, _limit(document))
    order = Order(data, keys_at)
    if document.format == "json":
        from archc.source.text.json_layout import laid_out_json

        text = laid_out_json(document.text, marks, order)
        return text if _same(document, text, order) else None
    text = document.text.replace("\r\n", "\n")
    written = blocks(tree_of(text, "toml"))
    for candidate in (ordered(written, order), written):
        found = laid_out(candidate, lambda table: not order.language_keys(table))
        if _same(document, found, order) and _comments(found) == _comments(text):
            return found.replace("\n", "\r\n") if "\r\n" in document.text else found
    return None


def _limit(document: Document) -> int:
    """Return the bytes that a text may have: those read once, and a line for each of its values."""
    return 4 * len(document.text.encode()) + VALUES * 2 * (DEPTH + 1)


def _comments(text: str) -> Counter[str]:
    return Counter(text[each.start : each.end].strip("# \t") for each in tree_of(text, "toml").comments())


def _same(document: Document, text: str, order: Order) -> bool:
    """Return True where the text reads as the document's data, in the same order where that matters."""
    try:
        data, _ = parse(Source(document.name, text), document.format, _limit(document))
    except Refused:
        return False
    return _equal(order.data, data, (), order)


def _equal(one: Any, other: Any, path: Path, order: Order) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        if list(one) != list(other) and (set(one) != set(other) or _named(one, other, path, order)):
            return False
        return all(_equal(value, other[key], (*path, key), order) for key, value in one.items())
    if isinstance(one, list):
        pairs = enumerate(zip(one, other, strict=False))
        return len(one) == len(other) and all(_equal(a, b, (*path, i), order) for i, (a, b) in pairs)
    return bool(one == other) or (isinstance(one, float) and one != one and other != other)


def _named(one: dict[str, Any], other: dict[str, Any], path: Path, order: Order) -> bool:
    """Return True where the names that the language does not give come in another order."""
    known = order.language_keys(path)
    return [key for key in one if key not in known] != [key for key in other if key not in known]
