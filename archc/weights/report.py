"""Reports on loading a file of weights, in a few lines: what loaded, what did not, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc.files.errors import printable
from archc.weights.select import Taken

_PARTS = 5


def lines(taken: Taken) -> tuple[str, ...]:
    """Return a headline, then a row for each sort of tensors: how many, which, and why."""
    where = [f'entry "{taken.entry}"'] if taken.entry else []
    where += [f"below `{taken.prefix}`"] if taken.prefix else []
    place = f", {', '.join(where)}" if where else ""
    found = " (the only place in it that fits)" if taken.found else ""
    return tuple(
        printable(line)
        for line in (f"weights of {taken.target}: {taken.checkpoint.path}{place}{found}", *_rows(taken))
    )


def _rows(taken: Taken) -> Iterator[str]:
    rows: tuple[tuple[str, Sequence[str], str], ...] = (
        ("loaded", tuple(taken.tensors), ""),
        ("at 0", taken.absent, "counters that the file lacks"),
        ("not loaded", taken.kept, "skipped: they start without the file"),
        ("left in the file", taken.cut, "behind the cut, or skipped"),
        ("left in the file", taken.foreign, "no part of the model"),
        ("left in the file", taken.checkpoint.objects, "objects, which were not made"),
    )
    for word, names, why in rows:
        if names:
            because = f": {why}" if why else ""
            yield f"  {word:16} {len(names):5}  {_tops(names, whole=why.startswith('objects'))}{because}"


def _tops(names: Sequence[str], *, whole: bool) -> str:
    """Return the parts that the names lie in: their first words, or two where all begin with one."""
    tops = list(dict.fromkeys(name if whole else name.partition(".")[0] for name in names))
    if len(tops) == 1 and not whole:
        tops = list(dict.fromkeys(".".join(name.split(".")[:2]) for name in names))
    more = f" and {len(tops) - _PARTS} more" if len(tops) > _PARTS else ""
    return ", ".join(top if len(top) <= 60 else f"{top[:59]}…" for top in tops[:_PARTS]) + more
