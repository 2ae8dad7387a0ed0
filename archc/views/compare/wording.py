"""Words that the two renderings of a comparison share: for values, numbers, layers."""

from __future__ import annotations

from typing import Any

from archc.source.document.wording import counted, scaled
from archc.source.text.cells import clipped, escaped
from archc.source.text.toml_text import inline
from archc.views.compare.compare import Comparison
from archc.views.compare.groups import GroupSide
from archc.views.compare.layers import LayerChange
from archc.views.compare.size import SizeChange

NONE = "–"
_VALUE = 120


def value(held: Any) -> str:
    """Return a value as TOML writes it, on one line, at most 120 characters of it."""
    return NONE if held is None else clipped(escaped(inline(held)), _VALUE)


def number(size: SizeChange, count: int) -> str:
    """Return parameters in full, multiply-adds in three digits and more, bytes in MB."""
    if size.of == "activation bytes":
        return f"{count / 1e6:,.1f} MB"
    return scaled(count) if size.of == "multiply-adds" else f"{count:,}"


def share(size: SizeChange) -> str:
    """Return how much of the number before the change is: `+12.5 %`."""
    if size.before == size.after:
        return "="
    if not size.before:
        return "new"
    percent = 100 * (size.after - size.before) / size.before
    return "gone" if not size.after else f"{percent:+,.1f} %"


def what(size: SizeChange) -> str:
    """Return what is counted: `parameters of body`."""
    name = "activations kept" if size.of == "activation bytes" else size.of
    return f"{name} of {escaped(size.part)}" if size.part else name


def path(row: LayerChange) -> str:
    """Return the layer or block, or from where to where."""
    return escaped(row.path if row.path == row.last else f"{row.path} … {row.last}")


def story(row: LayerChange) -> str:
    """Return the layer's op or how many layers a block has, and what becomes of them."""
    side = row.after or row.before
    if side is None:
        return ""
    named = side.op or counted(side.layers, "layer")
    told = {"same": "unchanged", "mixed": "changed", "changed": ""}.get(row.change, row.change)
    return f"{named} {told}".strip()


def shapes(row: LayerChange) -> str:
    """Return the shape of its output, before and after where both are there and differ."""
    if row.change == "same":
        return ""
    held = [side.shape for side in (row.before, row.after) if side]
    return " → ".join(dict.fromkeys(held))


def weight(row: LayerChange) -> str:
    """Return its parameters, before and after where both are there and differ; empty where there are none."""
    if row.change == "same":
        return ""
    counts = [f"{side.parameters:,}" for side in (row.before, row.after) if side]
    return "" if set(counts) == {"0"} else " → ".join(dict.fromkeys(counts)) + " parameters"


def details(row: LayerChange) -> str:
    """Return what differs in a changed layer, or what became of the layers of a block."""
    return ", ".join(escaped(each) for each in row.details)


def rates(side: GroupSide | None) -> str:
    """Return the rates of a group phase by phase."""
    if side is None:
        return NONE
    return ", ".join("frozen" if rate is None else f"{rate:.3g}" for rate in side.rates)


def held(side: GroupSide | None) -> str:
    """Return what a group holds."""
    return NONE if side is None else f"{counted(side.tensors, 'tensor')}, {side.parameters:,}"


def checkpoint(found: Comparison) -> str:
    """Return one sentence on the weights of the first in the second."""
    fates = found.tensors
    total = len(fates.loads) + len(fates.reshaped) + len(fates.gone)
    said = [f"{len(fates.loads)} of {counted(total, 'tensor')} load"]
    said += [f"{len(fates.reshaped)} changed shape"] if fates.reshaped else []
    said += [f"{len(fates.gone)} {'is' if len(fates.gone) == 1 else 'are'} gone"] if fates.gone else []
    said += [f"{len(fates.new)} {'is' if len(fates.new) == 1 else 'are'} new"] if fates.new else []
    return ", ".join(said)


def renaming(found: Comparison) -> str | None:
    """Return the hint at a prefix with another name."""
    hint = found.tensors.renaming
    if hint is None:
        return None
    old, new = (escaped(prefix) + "." if prefix else "no prefix" for prefix in (hint.before, hint.after))
    return f"{old} looks renamed to {new}: {hint.tensors} of the tensors that are gone would fit"


def dims(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "scalar"
