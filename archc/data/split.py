"""Which examples are held out to measure on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from archc.data.randomness import Purpose, generator
from archc.files.errors import WorldError, from_os_error
from archc.files.patterns import finder
from archc.files.within import resolve_within
from archc.spec.data import ByColumn, ByFile, ByFolder

Chosen = NDArray[np.bool_]

Valid = float | ByFolder | ByFile | ByColumn
LONGEST_LIST = 64 << 20
"""Bytes of the largest file that lists held-out images."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitting:
    """The examples that a split is made from.

    Attributes:
        names: paths under the root, with `/`.
        labels: class numbers to draw evenly over, or None.
        groups: what may not lie on both sides, or None.
        column: the texts of a table's column.
    """

    root: Path
    names: Sequence[str]
    labels: Sequence[int] | None
    groups: Sequence[str] | None
    seed: int
    column: Callable[[str], Sequence[str]] | None = None


def held_out(valid: Valid, given: Splitting) -> Chosen:
    """Return a mask, bool (N,), of the examples that are held out for validation.

    Raises:
        WorldError: one side would be empty, a list names what is not there, or a group lies on both sides.
    """
    match valid:
        case float():
            chosen = _share(valid, given)
        case ByFolder():
            inside = valid.folder.rstrip("/") + "/"
            chosen = np.array([name.startswith(inside) for name in given.names], dtype=bool)
        case ByFile():
            chosen = listed(given.root, valid.file, given.names)
        case ByColumn():
            assert given.column is not None, "only tables are split by column"
            wanted = {value.lower() for value in valid.values}
            texts = given.column(valid.column)
            chosen = np.array([text.strip().lower() in wanted for text in texts], dtype=bool)
    _both_sides(chosen, valid)
    if given.groups is not None and not isinstance(valid, float):
        _no_group_on_both(chosen, given.groups)
    return chosen


def stratified(labels: NDArray[np.int64], share: float, seed: int) -> Chosen:
    """Return a mask, bool (N,), of the examples with class numbers `labels` (N,) that are held out.

    Of each class the same share is held out, at least one and never all.
    """
    held = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = generator(seed, Purpose.SPLIT, int(label)).permutation(np.flatnonzero(labels == label))
        wanted = round(share * len(members))
        held[members[: min(max(wanted, 1), len(members) - 1)]] = True
    return held


def _share(share: float, given: Splitting) -> Chosen:
    if given.groups is None:
        return _drawn(share, len(given.names), given.labels, given.seed)
    names = sorted(set(given.groups))
    if len(names) < 2:
        raise WorldError("all images belong to one group: none can be held out", "see data.group")
    place = {name: number for number, name in enumerate(names)}
    member_of = np.array([place[group] for group in given.groups])
    labels = _commonest(member_of, given.labels, len(names)) if given.labels is not None else None
    chosen: Chosen = _drawn(share, len(names), labels, given.seed)[member_of]
    return chosen


def _commonest(member_of: NDArray[np.int64], labels: Sequence[int], groups: int) -> list[int]:
    """Return the label that most of each group's members have."""
    counts: list[Counter[int]] = [Counter() for _ in range(groups)]
    for group, label in zip(member_of.tolist(), labels, strict=True):
        counts[group][label] += 1
    return [min(count, key=lambda label: (-count[label], label)) for count in counts]


def _drawn(share: float, count: int, labels: Sequence[int] | None, seed: int) -> Chosen:
    if labels is not None:
        chosen = stratified(np.asarray(labels, dtype=np.int64), share, seed)
        if chosen.any():  # none where every class has a single member
            return chosen
    chosen = np.zeros(count, dtype=bool)
    order = generator(seed, Purpose.SPLIT).permutation(np.arange(count))
    chosen[order[: min(max(round(share * count), 1), count - 1)]] = True
    return chosen


def listed(root: Path, file: str, names: Sequence[str]) -> Chosen:
    """Return a mask, bool (N,), of the images that a text file lists, one path or name a line.

    Raises:
        WorldError: there is no such file, it lists what is no image, or none at all.
    """
    path = resolve_within(root, file)
    wanted = set(lines_of(path).values())
    said = [_ways_to_say(name) for name in names]
    chosen = [not wanted.isdisjoint(ways) for ways in said]
    if absent := sorted(wanted.difference(*said)):
        named = ", ".join(f"`{name}`" for name in absent[:3])
        more = f" and {len(absent) - 3} more" if len(absent) > 3 else ""
        raise WorldError(f"`{path}` lists images that are not in the data: {named}{more}")
    return np.array(chosen, dtype=bool)


def lines_of(path: Path) -> dict[int, str]:
    """Return the lines of a text file that are not empty, stripped, by their numbers from 1.

    Raises:
        WorldError: it cannot be read, is no text in UTF-8, or is larger than a list of images.
    """
    try:
        if path.stat().st_size > LONGEST_LIST:
            raise WorldError(f"`{path}` has more than {LONGEST_LIST >> 20} MiB: is it a list of images?")
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise WorldError(f"`{path}` is not a text file in UTF-8") from error
    except OSError as error:
        raise from_os_error("read", path, error) from error
    return {number: line.strip() for number, line in enumerate(lines, 1) if line.strip()}


def _ways_to_say(name: str) -> tuple[str, ...]:
    """Return a path and its last part, each with its suffix and without."""
    last = name.rpartition("/")[2]
    stem = last.rpartition(".")[0]
    return name, last, name[: len(name) - len(last) + len(stem)], stem


def groups_of(pattern: str | None, paths: Sequence[str]) -> list[str] | None:
    """Return what each path belongs to, by the spec's pattern; None without one."""
    if pattern is None:
        return None
    find = finder(pattern, "group")
    groups = [find(path) for path in paths]
    if None in groups:
        raise WorldError(f"data.group finds nothing in the path of `{paths[groups.index(None)]}`")
    return [group or "" for group in groups]


def _both_sides(chosen: Chosen, valid: Valid) -> None:
    how = "a share" if isinstance(valid, float) else f"by {valid.by}"
    if not chosen.any():
        raise WorldError(f"the split ({how}) holds out none of {len(chosen)} images", "see data.valid")
    if chosen.all():
        raise WorldError(f"the split ({how}) holds out all {len(chosen)} images", "see data.valid")


def _no_group_on_both(chosen: Chosen, groups: Sequence[str]) -> None:
    sides = list(zip(groups, chosen.tolist(), strict=True))
    both = sorted({group for group, held in sides if held} & {group for group, held in sides if not held})
    if both:
        named = ", ".join(f"`{group}`" for group in both[:3])
        more = f" and {len(both) - 3} more" if len(both) > 3 else ""
        raise WorldError(
            f"{len(both)} groups lie on both sides of the split: {named}{more}",
            "what was measured would have been trained on: change data.valid, or leave data.group out",
        )
