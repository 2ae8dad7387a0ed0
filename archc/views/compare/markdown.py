"""A comparison as Markdown, for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc.source.document.wording import counted
from archc.views.compare import wording as words
from archc.views.compare.compare import Comparison
from archc.views.compare.settings import Setting
from archc.views.compare.tensors import prefixes
from archc.views.markup import markdown_code as _code
from archc.views.markup import markdown_text as _text

_MOST = 60
"""Rows of one table: a comment may hold 65,536 characters."""
_SIGNS = {"same": "", "added": "➕", "removed": "➖"}


def diff_markdown(found: Comparison) -> str:
    """Return a heading, what changes at a glance, the settings as a table, and the rest folded away."""
    lines = [f"### {_code(found.before)} → {_code(found.after)}", ""]
    if not found.differs:
        return "\n".join([*lines, "Nothing differs in what the two mean.", ""])
    lines += [f"{'; '.join(_glance(found))}.", ""]
    if found.settings:
        lines += [*_table(("setting", "before", "after"), [_setting(each) for each in found.settings]), ""]
    for title, body in _folds(found):
        lines += ["<details>", f"<summary>{title}</summary>", "", *body, "", "</details>", ""]
    return "\n".join(lines)


def _setting(each: Setting) -> tuple[str, str, str]:
    return _code(each.path), _value(each.before), _value(each.after)


def _value(held: object) -> str:
    return words.NONE if held is None else _code(words.value(held))


def _glance(found: Comparison) -> Iterator[str]:
    for size in found.sizes:
        if size.before != size.after and size.of in ("parameters", "multiply-adds"):
            old, new = words.number(size, size.before), words.number(size, size.after)
            yield f"{words.what(size)} {old} → {new} ({words.share(size)})"
    for ends in (*found.inputs, *found.outputs):
        yield f"{_code(ends.name)} {ends.before or words.NONE} → {ends.after or words.NONE}"
    yield f"weights: {words.checkpoint(found)}"


def _folds(found: Comparison) -> Iterator[tuple[str, list[str]]]:
    rows = found.layers
    if any(row.change != "same" for row in rows):
        kinds = [row.change for row in rows if row.change != "same"]
        cells = [
            (
                f"{_SIGNS.get(row.change, '✏️')} {_code(words.path(row))}".strip(),
                _text(": ".join(filter(None, (words.story(row), words.details(row))))),
                _text(words.shapes(row)),
                _text(words.weight(row).removesuffix(" parameters")),
            )
            for row in rows
        ]
        body = _table(("layer", "what", "output", "parameters"), cells)
        yield f"Layers: {counted(len(kinds), 'difference')}", body
    sizes = [*found.sizes, *(each for each in found.parts if each.before != each.after)]
    if any(each.before != each.after for each in sizes):
        numbers = [
            (
                _text(words.what(s)),
                words.number(s, s.before),
                words.number(s, s.after),
                words.share(s),
            )
            for s in sizes
        ]
        yield "Size", _table(("", "before", "after", "change"), numbers, right=True)
    if found.groups:
        yield "Parameter groups", _groups(found)
    yield f"Weights: {words.checkpoint(found)}", _tensors(found)


def _groups(found: Comparison) -> list[str]:
    header = ("group", "before", "after", "rate by phase before", "after")
    cells = [
        (
            _code(group.name),
            words.held(group.before),
            words.held(group.after),
            words.rates(group.before),
            words.rates(group.after),
        )
        for group in found.groups
    ]
    told = [
        f"{counted(move.tensors, 'tensor')} of {_code(move.before)} now in {_code(move.after)}"
        for move in found.moves
    ]
    return [*_table(header, cells), *([""] if told else []), *(f"- {line}" for line in told[:_MOST])]


def _tensors(found: Comparison) -> list[str]:
    fates = found.tensors
    cells = [(_code(t.name), f"{words.dims(t.before)} → {words.dims(t.after)}") for t in fates.reshaped]
    for word, names in (("gone", fates.gone), ("new", fates.new)):
        for prefix, count in prefixes(names):
            many = word if prefix in names else f"{counted(count, 'tensor')} {word}"
            cells.append((_code(prefix), many))
    hint = words.renaming(found)
    if not cells:
        return ["Every tensor keeps its name and shape."]
    return [*_table(("tensors", "what becomes of them"), cells), *(["", _text(hint)] if hint else [])]


def _table(header: Sequence[str], cells: Sequence[Sequence[str]], *, right: bool = False) -> list[str]:
    rule = ["---", *("---:" if right else "---" for _ in header[1:])]
    lines = [f"| {' | '.join(row)} |" for row in (header, rule, *cells[:_MOST])]
    left = len(cells) - _MOST
    return [*lines, *(["", f"and {left} more"] if left > 0 else [])]
