"""A comparison for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from archc.source.document.wording import counted
from archc.source.text.cells import clipped, columns, escaped
from archc.views.compare import wording as words
from archc.views.compare.compare import Comparison
from archc.views.compare.tensors import prefixes

_SIGNS = {
    "same": " ", "added": "+", "removed": "-", "changed": "~", "resized": "~", "mixed": "~",
}  # fmt: skip
_COLORS = {"+": "32", "-": "31", "~": "33"}
_MOST = 30


def diff_text(found: Comparison, *, color: bool = False, width: int = 100) -> str:
    """Return section by section what differs; a line says so where nothing does."""
    blocks = [_head(found)]
    if not found.differs:
        blocks.append(["nothing differs in what the two mean"])
    for title, lines in _sections(found, width):
        blocks.append([_paint(title, "1", color), *(_painted(line, color) for line in lines)])
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks) + "\n"


def _head(found: Comparison) -> list[str]:
    return [f"- {escaped(found.before)}", f"+ {escaped(found.after)}"]


def _sections(found: Comparison, width: int) -> Iterator[tuple[str, list[str]]]:
    ends = [f"  {e.name}: {e.before or words.NONE} → {e.after or words.NONE}" for e in found.inputs]
    ends += [f"  {e.name}: {e.before or words.NONE} → {e.after or words.NONE}" for e in found.outputs]
    sections = {
        "settings": list(_settings(found, width)),
        "inputs and outputs": [escaped(line) for line in ends],
        "layers": list(_layers(found, width)),
        "size": list(_sizes(found)),
        "parameter groups": list(_groups(found)),
        "weights of the first in the second": list(_tensors(found)),
    }
    yield from ((title, lines) for title, lines in sections.items() if lines)


def _settings(found: Comparison, width: int) -> Iterator[str]:
    """Yield key, old, new on one line where they fit, else each value on a line of its own."""
    wide = max((columns(each.path) for each in found.settings), default=0)
    for each in found.settings:
        key = escaped(each.path)
        old, new = words.value(each.before), words.value(each.after)
        sign = {"added": "+", "removed": "-"}.get(each.change, "~")
        line = f"{sign} {key.ljust(wide)}  " + {"+": new, "-": old}.get(sign, f"{old} → {new}")
        if columns(line) <= width:
            yield line
            continue
        yield f"{sign} {key}"
        yield from (
            f"{s}     {clipped(v, width - 6)}" for s, v in (("-", old), ("+", new)) if v != words.NONE
        )


def _layers(found: Comparison, width: int) -> Iterator[str]:
    if all(row.change == "same" for row in found.layers):
        return
    cells = [(f"{_SIGNS[row.change]} {words.path(row)}", words.story(row)) for row in found.layers]
    for row, line in zip(found.layers, _aligned(cells), strict=True):
        below: list[str] = []
        for extra in (words.shapes(row), words.weight(row)):
            if columns(line) + 2 + columns(extra) <= width:
                line = f"{line}  {extra}"
            else:
                below.append(extra)
        yield line.rstrip()
        for said in ("; ".join(below), words.details(row)):
            told = textwrap.wrap(said, width - 6, break_on_hyphens=False)
            yield from (f"{_SIGNS[row.change]}     {piece}" for piece in told)


def _sizes(found: Comparison) -> Iterator[str]:
    shown = [*found.sizes, *(each for each in found.parts if each.before != each.after)]
    if all(each.before == each.after for each in shown):
        return
    cells = [
        (f"  {words.what(s)}", words.number(s, s.before), words.number(s, s.after), words.share(s))
        for s in shown
    ]
    yield from _aligned([("", "before", "after", "change"), *cells], right=(1, 2, 3))


def _groups(found: Comparison) -> Iterator[str]:
    if not found.groups:
        return
    cells = []
    for group in found.groups:
        name = escaped(group.name)
        sides = (("-", group.before), ("+", group.after))
        if group.before and group.after and group.before.rates == group.after.rates:
            cells.append(
                (f"~ {name}", f"{words.held(group.before)} → {words.held(group.after)}", "as before")
            )
        else:
            cells += [(f"{sign} {name}", words.held(s), words.rates(s)) for sign, s in sides if s]
    yield from _aligned([("", "holds", "rate by phase"), *cells])
    for move in found.moves:
        tensors = counted(move.tensors, "tensor")
        yield f"  {tensors} of `{escaped(move.before)}` now in `{escaped(move.after)}`"


def _tensors(found: Comparison) -> Iterator[str]:
    fates = found.tensors
    if not found.differs and not (fates.reshaped or fates.gone or fates.new):
        return
    yield f"  {words.checkpoint(found)}"
    shaped = [f"~ {escaped(t.name)}  {words.dims(t.before)} → {words.dims(t.after)}" for t in fates.reshaped]
    yield from _bounded(shaped)
    for sign, names in (("-", fates.gone), ("+", fates.new)):
        folded = prefixes(names)
        yield from _bounded([f"{sign} {escaped(prefix)}  {_many(prefix, n, names)}" for prefix, n in folded])
    if hint := words.renaming(found):
        yield f"  {hint}"


def _many(prefix: str, count: int, names: Sequence[str]) -> str:
    return "" if prefix in names else counted(count, "tensor")


def _bounded(lines: list[str]) -> list[str]:
    return lines if len(lines) <= _MOST else [*lines[:_MOST], f"  and {len(lines) - _MOST} more"]


def _aligned(cells: Sequence[tuple[str, ...]], right: tuple[int, ...] = ()) -> Iterator[str]:
    """Yield the rows, each column as wide as its widest cell; those in `right` are aligned to the right."""
    widths = [max(columns(row[i]) for row in cells) for i in range(len(cells[0]))]
    for row in cells:
        yield "  ".join(_padded(cell, widths[i], i in right) for i, cell in enumerate(row))


def _padded(cell: str, width: int, right: bool) -> str:
    space = " " * (width - columns(cell))
    return space + cell if right else cell + space


def _painted(line: str, color: bool) -> str:
    return _paint(line, _COLORS.get(line[:1], ""), color)


def _paint(text: str, style: str, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color and style else text
