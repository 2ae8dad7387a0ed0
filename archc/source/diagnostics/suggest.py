"""Did you mean: the nearest of a few names by edit distance."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from archc.source.diagnostics.diagnostic import Fix
from archc.source.text.spans import Path

LONGEST = 100
"""Longer words are not compared: nobody mistypes them and the distance costs their product."""
_WORK = 400_000
"""Steps of one search, which a hostile spec's long names could otherwise make endless."""
_FURTHEST = 8


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name closest to `word`, or None where none is close enough to be meant."""
    if not word or len(word) > LONGEST:
        return None
    limit = max(1, min(len(word) // 3, _FURTHEST))
    compared = _comparable(word, names, limit)
    ranked = [(_distance(_plain(word), _plain(name), limit), _apart(word, name), name) for name in compared]
    best = min(ranked, default=(limit + 1, 0, ""))
    return best[2] if best[0] <= limit else _longer_form(word, compared)


def _apart(word: str, name: str) -> int:
    """Return how far the final numbers of two words lie apart.

    `layer4` is nearer to `layer5` than `layer1`.
    """
    ends = [re.search(r"[0-9]{1,9}$", each) for each in (word, name)]
    return abs(int(ends[0][0]) - int(ends[1][0])) if ends[0] and ends[1] else 0


def _comparable(word: str, names: Iterable[str], limit: int) -> list[str]:
    """Return as many of the names as there is time to compare."""
    count = _WORK // (max(len(word), 1) * (2 * limit + 1))
    return [name for name in islice(names, count) if len(name) <= LONGEST]


def correction(word: str, names: Iterable[str], path: Path, *, key: bool = False) -> Fix | None:
    """Return the certain repair of a mistyped value at `path`, or of its key; None where there is doubt."""
    name = certain(word, names, key=key)
    return None if name is None else Fix("rename" if key else "replace", path, name)


def certain(word: str, names: Iterable[str], *, key: bool = False) -> str | None:
    """Return the only name that `word` can be a slip of: one slip of the keyboard away; else None."""
    if len(word) > LONGEST:
        return None
    compared = _comparable(word, dict.fromkeys(names), 1)
    found = [name for name in compared if _alike(word, name)] or [
        name for name in compared if is_slip(word, name, key=key)
    ]
    return found[0] if len(found) == 1 and found[0] != word else None


def is_slip(word: str, name: str, *, key: bool = False, awaited: bool = False) -> bool:
    """Return True where `word` is `name` with one slip in it, so that a program may take it back.

    Case, hyphens and underscores vary freely. Else one part of the name may have two neighboring letters
    swapped, a letter doubled, missing, added or mistaken. The shorter the words, the likelier the other one
    is a word of its own (`speed` and `seed`, `form` and `norm`), so each of these has a shortest length.
    Numbers, single letters and a plural's `s` are never slips: they tell `resnet18` from `resnet34`,
    `swin_t` from `swin_s`, and `outputs` from `output`.

    Args:
        key: the name is a key, of which there are few: `cutt` is `cut`, but the value `rrelu` is not `relu`.
        awaited: the name is a key that its table cannot be without, which is half the evidence.
    """
    if _alike(word, name):
        return True
    a, b = _plain(word), _plain(name)
    parts = _differing(word.lower(), name.lower())
    if parts is None:
        return False
    shortest = min(len(a), len(b))
    if _swapped(*parts):
        return shortest >= 4
    if _doubled(*parts) or _doubled(*parts[::-1]):
        return shortest >= (2 if awaited else 3 if key else 5)
    if len(parts[0]) != len(parts[1]):
        plural = f"{a}s" == b or f"{b}s" == a
        return shortest >= (3 if awaited else 5) and (awaited or not plural) and _distance(*parts, 1) == 1
    return shortest >= 7 and _distance(*parts, 1) == 1


def _alike(word: str, name: str) -> bool:
    """Return True where two names differ in nothing but what people vary freely, and between letters.

    `_elu` is a slip of `relu` as well as of `elu`.
    """
    return _plain(word) == _plain(name) and word[:1].isalnum() == name[:1].isalnum()


def _differing(word: str, name: str) -> tuple[str, str] | None:
    """Return the only part in which two names differ, if the longer has three letters or more in it."""
    ours, theirs = _parts(word), _parts(name)
    if len(ours) != len(theirs):  # where separators are left out, letters and numbers are the parts
        ours, theirs = (re.findall(r"[a-z]+|[^a-z]+", _plain(each)) for each in (word, name))
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=False) if a != b]
    if len(ours) != len(theirs) or len(pairs) != 1:
        return None
    a, b = pairs[0]
    return pairs[0] if a.isalpha() and b.isalpha() and max(len(a), len(b)) > 2 else None


def _parts(word: str) -> list[str]:
    return re.findall(r"[a-z]+|[0-9]+|[^a-z0-9_ -]", word)


def _swapped(a: str, b: str) -> bool:
    """Return True where two neighboring letters changed places."""
    places = [i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y]
    return (
        len(a) == len(b) and len(places) == 2 and a[places[0]] + a[places[1]] == b[places[1]] + b[places[0]]
    )


def _doubled(a: str, b: str) -> bool:
    """Return True where `a` is `b` with one of its letters twice."""
    return any(b[:i] + b[i - 1] + b[i:] == a for i in range(1, len(b) + 1))


def _longer_form(word: str, names: list[str]) -> str | None:
    """Return the only name that begins with the whole word, or that the word begins with."""
    forms = [name for name in names if min(len(name), len(word)) > 2 and _overlap(_plain(name), _plain(word))]
    return forms[0] if len(forms) == 1 else None


def _overlap(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)


def _plain(word: str) -> str:
    """Return `word` without what people vary freely: case, hyphens, spaces and underscores."""
    return word.lower().replace("-", "").replace("_", "").replace(" ", "")


def _distance(a: str, b: str, limit: int) -> int:
    """Return the edit distance, with swaps of neighbors, from a to b; `limit + 1` if beyond `limit`."""
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
