"""Shapes beside the lines that make them: an input, a body, a layer, a node of a graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from archc.lsp.analysis import Analysis
from archc.lsp.draft import Draft
from archc.lsp.pages import work
from archc.lsp.parts import Part, part_at, skip_type
from archc.lsp.references import body_of, reference_at
from archc.ops.tensors import TensorType
from archc.source.text.spans import Path, Span

_ARROW = "→ "


@dataclass(frozen=True, slots=True)
class Hint:
    """A word to show at an offset, and what there is to say of it."""

    offset: int
    text: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """The subject of a hint: the token it belongs to, and the whole of its table."""

    token: Span
    whole: Span
    out: TensorType
    page: str


def hints(draft: Draft, analysis: Analysis, within: Span | None = None) -> tuple[Hint, ...]:
    """Return the hints of a text that compiles, in its order; those `within` a span of it where one is given.

    A text without a plan has none: shapes of what stood there before would be wrong.
    """
    if analysis.plan is None:
        return ()
    found = sorted(_anchors(draft, analysis), key=lambda each: each.token)
    if within is not None:
        found = [each for each in found if within.start <= each.token.start <= within.end]
    lines = groupby(found, key=lambda each: draft.text.count("\n", 0, each.token.start))
    return tuple(hint for _, group in lines for hint in _placed(draft, list(group)))


def _placed(draft: Draft, anchors: list[_Anchor]) -> Iterator[Hint]:
    """Yield a line's hints: a single one at the line's end, several behind their own tables."""
    for each in anchors:
        end = _line_end(draft.text, each.token.end)
        if len(anchors) > 1:
            end = each.whole.end if each.token.end <= each.whole.end <= end else each.token.end
        yield Hint(end, _ARROW + shape(each.out), each.page)


def shape(kind: TensorType) -> str:
    """Return a type without its batch, as `archc build` shows it: `64x60x80`."""
    return "x".join(str(size) for size in kind.shape[1:]) or "a number"


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    return end - (end > 0 and text[end - 1] == "\r")


def _anchors(draft: Draft, analysis: Analysis) -> Iterator[_Anchor]:
    assert analysis.plan is not None
    for path in draft.pieces:
        table = draft.value(path)
        if isinstance(table, dict):
            key = _key_of(path, table) if _is_written(draft, path) else None
            part = part_at(analysis, path) if key is not None else None
            if key is not None and part:
                yield _anchor(draft, (*path, *key), path, part.out, _page(part))
        elif isinstance(table, str) and (kind := _skip(draft, analysis, path)):
            yield _anchor(draft, path, path, kind, "")
    yield from _inputs(draft, analysis)


def _key_of(path: Path, table: dict[str, object]) -> Path | None:
    """Return beside which key the shape of a table is shown, below its path.

    None for what is no part of a model, and for what says the same as a line above it.
    """
    if path[:1] != ("model",) or len(path) < 2 or (path[1] == "nodes" and len(path) == 4):
        return None
    if path[-1] == "body":
        return next(((key,) for key in ("cut", "ref") if key in table), None)
    if path[-1] in ("head", "decoder"):
        return () if "layers" not in table else None
    if path[1] == "modules" and len(path) == 3:
        return None
    return next(((key,) for key in ("op", "name") if isinstance(table.get(key), str)), None)


def _is_written(draft: Draft, path: Path) -> bool:
    """Return True where a table has a place of its own, not only in the header of one inside it."""
    opens = draft.text[draft.pieces[path].value.start : draft.pieces[path].value.end]
    return opens.startswith("{") or any(path == table for table, _ in draft.sections)


def _skip(draft: Draft, analysis: Analysis, path: Path) -> TensorType | None:
    """Return the type of the map that a decoder's `skips` or `skip` names."""
    if path[:1] != ("model",) or not {"skips", "skip"} & set(path[-2:]):
        return None
    reference = reference_at(path, draft.data)
    if reference is None or reference.meaning != "skip":
        return None
    body = body_of(reference, draft)
    return skip_type(analysis, body, str(draft.value(path))) if body else None


def _anchor(draft: Draft, key: Path, whole: Path, out: TensorType, page: str) -> _Anchor:
    return _Anchor(draft.pieces[key].value, draft.pieces[whole].value, out, page)


def _page(part: Part) -> str:
    uses = f"; applied {part.uses} times" if part.uses > 1 else ""
    return f"{part.parameters:,} parameters; multiply-adds: {work(part)}{uses}"


def _inputs(draft: Draft, analysis: Analysis) -> Iterator[_Anchor]:
    assert analysis.plan is not None
    for given in analysis.plan.inputs:
        for path in (("inputs", given.name, "size"), ("input", "size")):
            if path in draft.pieces:
                yield _anchor(draft, path, path, given.type, "")
                break
        if ("input", "size") in draft.pieces:
            return  # one table holds the size of all inputs
