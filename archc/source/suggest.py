"""Did you mean: the nearest of a few names by edit distance."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from archc.source.diagnostic import Fix
from archc.source.text import Path

LONGEST = 100
"""Longer words are not compared: nobody mistypes them and the distance costs their product."""
_WORK = 400_000
"""Steps of one search, which a hostile spec's long names could otherwise make endless."""
_FURTHEST = 8


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name closest to `word`, or None where none is close enough to be meant."""
    if not word or len(word) > LONGEST:
        return None
    limit = max(1, min(len(word) // 3, _FURTHEST))
    compared = _comparable(word, names, limit)
    ranked = [(_distance(_plain(word), _plain(name), limit), _apart(word, name), name) for name in compared]
    best = min(ranked, default=(limit + 1, 0, ""))
    return best[2] if best[0] <= limit else _longer_form(word, compared)


def _apart(word: str, name: str) -> int:
    """How far the numbers that two words end in lie apart: `layer4` is nearer to `layer5` than `layer1`."""
    ends = [re.search(r"[0-9]{1,9}$", each) for each in (word, name)]
    return abs(int(ends[0][0]) - int(ends[1][0])) if ends[0] and ends[1] else 0


def _comparable(word: str, names: Iterable[str], limit: int) -> list[str]:
    """As many of the names as there is time to compare."""
    count = _WORK // (max(len(word), 1) * (2 * limit + 1))
    return [name for name in islice(names, count) if len(name) <= LONGEST]


def correction(word: str, names: Iterable[str], path: Path, *, key: bool = False) -> Fix | None:
    """The repair of a mistyped value at `path`, or of its key, where there is no doubt what is meant."""
    name = certain(word, names)
    return None if name is None else Fix("rename" if key else "replace", path, name)


def certain(word: str, names: Iterable[str]) -> str | None:
    """The name that `word` can only be a slip of: nearer than any other, and with the same numbers, since
    `resnet36` may be any of its neighbours."""
    limit = 0 if len(word) < 3 else 1 if len(word) < 8 else 2
    if len(word) > LONGEST:
        return None
    plain = _plain(word)
    compared = _comparable(word, dict.fromkeys(names), limit)
    ranked = sorted((_distance(plain, _plain(name), limit + 1), name) for name in compared)
    if not ranked or ranked[0][0] > limit or (len(ranked) > 1 and ranked[1][0] == ranked[0][0]):
        return None
    name = ranked[0][1]
    return name if name != word and _numbers(name) == _numbers(word) else None


def _numbers(word: str) -> list[str]:
    return re.findall(r"[0-9]+", word)


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
    beyond = limit + 1
    above = [beyond] * (len(b) + 1)
    row = [j if j <= limit else beyond for j in range(len(b) + 1)]
    for i, x in enumerate(a, 1):
        before, row = row, [i if i <= limit else beyond, *[beyond] * len(b)]
        for j in range(max(1, i - limit), min(len(b), i + limit) + 1):  # further off costs more than it may
            y = b[j - 1]
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y), beyond)
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, above[j - 2] + 1)
            row[j] = cost
        if min(row) > limit:
            return beyond
        above = before
    return row[-1]
