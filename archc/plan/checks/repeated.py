"""The same advice about several places, told once: with their number, and the first of them."""

from __future__ import annotations

from collections.abc import Iterable

from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.wording import counted

_SHOWN = 3


def once_each(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics in order, warnings of the same words as one at the first one's place.

    A warning with a repair of its own stays, and one of the text itself, such as a comment that is idle: each
    is mended where it is.
    """
    groups: dict[tuple[object, ...], list[Diagnostic]] = {}
    for i, each in enumerate(found):
        alike = each.severity == "warning" and each.fix is None and each.labels[0].at is None
        key = (each.code, each.message, each.help) if alike else (i,)
        groups.setdefault(key, []).append(each)
    return tuple(group[0] if len(group) == 1 else _as_one(group) for group in groups.values())


def _as_one(group: list[Diagnostic]) -> Diagnostic:
    first, more = group[0], group[1:]
    also = tuple(Label(each.labels[0].path, each.labels[0].aim, "and here") for each in more[: _SHOWN - 1])
    told = f"{first.message} (and in {counted(len(more), 'more place')})"
    return first.changed(message=told, labels=(*first.labels, *also))
