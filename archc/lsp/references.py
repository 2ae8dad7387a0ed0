"""Names in a spec that stand for something else: bodies, cuts, skips, nodes, modules, groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from archc.bodies.body import BodyRecord
from archc.bodies.catalog import UnknownBody, find
from archc.files.errors import WorldError
from archc.lsp import pages
from archc.lsp.analysis import Analysis, folders_of
from archc.lsp.draft import Draft, Piece
from archc.lsp.parts import skip_type, value_type
from archc.source.text.spans import Path, Span
from archc.spec import keys as language

Meaning = Literal["body", "weights", "cut", "skip", "value", "module", "node", "group", "pattern"]

MEANINGS: dict[tuple[str, str], Meaning] = {
    ("Body", "ref"): "body",
    ("Body", "weights"): "weights",
    ("Body", "cut"): "cut",
    ("Decoder", "skips"): "skip",
    ("DecoderStage", "skip"): "skip",
    ("GraphNode", "from"): "value",
    ("GraphNode", "use"): "module",
    ("Phase", "train"): "group",
    ("Group", "match"): "pattern",
    ("WeightsFile", "skip"): "pattern",
}
"""The kind of thing that a key's value names, by the class that has the key."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A place at which something is named, and what kind of thing."""

    meaning: Meaning
    path: Path


def reference_at(path: Path, data: Any) -> Reference | None:
    """Return what the value at `path` names; None where it is no name."""
    key = language.key_at(path, data)
    if key is None:
        outputs = path[:-1] == ("model", "outputs")
        return Reference("node", path) if outputs else None
    meaning = MEANINGS.get((key.owner.__name__, key.name))
    return Reference(meaning, path) if meaning else None


def body_of(reference: Reference, draft: Draft) -> Path | None:
    """Return the table of the body that a cut, weights or a skip belong to."""
    path = reference.path
    if reference.meaning in ("weights", "cut", "body"):
        return path[:-1]
    if path[:2] == ("model", "nodes"):
        return _read_body(draft, draft.value((*path[:3], "from")))
    return ("model", "body")


def _read_body(draft: Draft, read: object) -> Path | None:
    """Return the body that a node reads: of several the first."""
    name = read[0] if isinstance(read, list) and read else read
    for node in nodes(draft):
        if node.get("name") == name and isinstance(node.get("use"), str):
            return ("model", "modules", node["use"], "body")
    return None


def nodes(draft: Draft) -> Iterator[dict[str, Any]]:
    """Yield the nodes of a graph that are tables so far."""
    held = draft.value(("model", "nodes"))
    for node in held if isinstance(held, list) else ():
        if isinstance(node, dict):
            yield node


def names(draft: Draft, path: Path) -> list[str]:
    """Return the keys of a table; none where there is no table."""
    table = draft.value(path)
    return [str(key) for key in table] if isinstance(table, dict) else []


def record_at(draft: Draft, body: Path | None, document: str) -> BodyRecord | None:
    """Return the record of the library's body that is described at `body`."""
    ref = draft.value((*body, "ref")) if body else None
    if not isinstance(ref, str):
        return None
    try:
        return find(ref, folders_of(document))
    except (UnknownBody, WorldError):
        return None


def image_size(draft: Draft, record: BodyRecord | None = None) -> tuple[int, int]:
    """Return the first input's height and width as far as written, else those a body is meant for."""
    tables = [draft.value(("input",)), *(draft.value(("inputs", name)) for name in names(draft, ("inputs",)))]
    for table in tables:
        size = table.get("size") if isinstance(table, dict) else None
        if isinstance(size, list) and len(size) == 2 and all(_is_size(side) for side in size):
            return int(size[0]), int(size[1])
    return record.size if record else (224, 224)


def _is_size(side: object) -> bool:
    return isinstance(side, int) and not isinstance(side, bool) and 0 < side < 100_000


def reference_page(reference: Reference, draft: Draft, analysis: Analysis) -> str | None:
    """Return what is known of the thing that is named."""
    named = draft.value(reference.path)
    body = body_of(reference, draft)
    record = record_at(draft, body, analysis.document.name)
    match reference.meaning:
        case "body":
            return pages.body_page(record, image_size(draft, record)) if record else None
        case "weights":
            return pages.weights_page(record, str(named)) if record else None
        case "cut" | "skip":
            kind = skip_type(analysis, body, str(named)) if body else None
            return _shaped(named, str(kind) if kind else _recorded(record, named, draft))
        case "value" | "node":
            value = value_type(analysis, str(named))
            return _shaped(named, str(value) if value else "")
        case "module" | "group" | "pattern":
            return None


def _recorded(record: BodyRecord | None, named: object, draft: Draft) -> str:
    """Return the shape at a cut that the catalog knows, where there is no plan."""
    if record is None or not isinstance(named, str):
        return ""
    found = pages.shapes(record, image_size(draft, record)).get(named)
    return found[0] if found else ""


def _shaped(named: object, shape: str) -> str | None:
    return f"**`{pages.shown(named)}`** → `{shape}`" if shape else None


def definition(draft: Draft, offset: int) -> Span | None:
    """Return where the thing is described that the name at an offset stands for."""
    slot = draft.slot_at(offset)
    if slot is None or slot.role != "value":
        return None
    reference = reference_at(slot.path, draft.data)
    named = draft.value(slot.path)
    if reference is None or not isinstance(named, str):
        return None
    return next(
        (piece.value if at[-1] == "name" else piece.key for at, piece in _described(draft, reference, named)),
        None,
    )


def _described(draft: Draft, reference: Reference, named: str) -> Iterator[tuple[Path, Piece]]:
    """Yield the places that describe what a name stands for, the likeliest first."""
    for path in _places(draft, reference, named):
        if path in draft.pieces:
            yield path, draft.pieces[path]


def _places(draft: Draft, reference: Reference, named: str) -> Iterable[Path]:
    match reference.meaning:
        case "value" | "node":
            yield from _with_name(draft, ("model", "nodes"), named, _owner)
            yield ("inputs", named.partition(".")[0])
            yield ("input",)
        case "module":
            yield ("model", "modules", named)
        case "group":
            yield from _with_name(draft, ("train", "groups"), named, _whole)
        case "cut" | "skip":
            body = body_of(reference, draft)
            if body:
                yield from _with_name(draft, (*body, "stages"), named, _owner)
        case "body" | "weights" | "pattern":
            return  # they stand for nothing that a spec describes


def _with_name(draft: Draft, path: Path, named: str, part: Callable[[str], str]) -> Iterator[Path]:
    held = draft.value(path)
    for index, table in enumerate(held if isinstance(held, list) else ()):
        if isinstance(table, dict) and table.get("name") in (named, part(named)):
            yield (*path, index, "name")


def _owner(name: str) -> str:
    return name.partition(".")[0]


def _whole(name: str) -> str:
    return name
