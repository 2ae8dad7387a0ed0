"""Did you mean: the nearest of a few names by edit distance."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 100
"""Longer words are not compared: nobody mistypes them and the distance costs their product."""


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name closest to `word`, or None where none is close enough to be meant."""
    if not word or len(word) > LONGEST:
        return None
    limit = max(1, len(word) // 3)
    ranked = [(_distance(_plain(word), _plain(name), limit), name) for name in names if len(name) <= LONGEST]
    best = min(ranked, default=(limit + 1, ""))
    return best[1] if best[0] <= limit else _longer_form(word, [name for _, name in ranked])


def _longer_form(word: str, names: list[str]) -> str | None:
    """The only name that begins with the whole word, or that the word begins with."""
    forms = [name for name in names if min(len(name), len(word)) > 2 and _overlap(_plain(name), _plain(word))]
    return forms[0] if len(forms) == 1 else None


def _overlap(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)


def _plain(word: str) -> str:
    """`word` without what people vary freely: case, hyphens, spaces and underscores."""
    return word.lower().replace("-", "").replace("_", "").replace(" ", "")


def _distance(a: str, b: str, limit: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours from a to b; `limit + 1` if beyond it."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, above, row = row, before, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
