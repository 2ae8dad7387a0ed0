"""`archc data SPEC`: what a spec's data is like, what looks wrong in it, and images of it to look at."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from archc.cli.specs import add_spec, compiled, folder_of
from archc.cli.writing import add_out
from archc.files.errors import printable
from archc.plan.outputs import task_facts
from archc.views.tables import aligned

if TYPE_CHECKING:
    from archc.data.datasets import Datasets
    from archc.data.survey import Survey

_LISTED = 5
"""Files that are named for each thing that is wrong."""
_LISTED_FAULTS = 50
_MOST_CLASSES = 60


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_spec(parser)
    add_out(parser, "write contact.png, valid.png and augmented.png into this folder", metavar="DIR")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the survey; write the sheets where `--out` says."""
    from archc.data.datasets import open_data
    from archc.data.survey import survey

    spec = compiled(arguments).spec
    data = open_data(spec, folder_of(arguments.spec))
    found = survey(data)
    if arguments.json:
        sys.stdout.write(json.dumps(_record(found, data), indent=1) + "\n")
    else:
        sys.stdout.write(told(found, data))
    if arguments.out is not None:
        for path in write_sheets(Path(arguments.out), data):
            sys.stderr.write(f"{printable(str(path))}\n")
    return _status(found)


def _status(found: Survey) -> int:
    """Return 2, and say so, where no image of a split can be read."""
    unread = [split for split, count in found.readable.items() if not count and found.images[split]]
    for split in unread:
        what = "to train on" if split == "train" else "to measure on"
        sys.stderr.write(f"error: none of the {found.images[split]:,} images {what} can be read\n")
    return 2 if unread else 0


def told(found: Survey, data: Datasets) -> str:
    """Return the survey in lines."""
    from archc.data.beside import left_beside

    parts = [f"images: {found.images['train']:,} to train on, {found.images['valid']:,} to measure on\n"]
    parts += [_classes(found, data, name) for name in data.targets]
    parts.append(_sizes(found))
    parts.append("channels: " + ", ".join(f"{mode} {count:,}" for mode, count in found.modes.items()) + "\n")
    numbers = [", ".join(f"{value:.4f}" for value in values) for values in (found.mean, found.std)]
    parts.append(f"training pixels, 0 to 1: mean = [{numbers[0]}], std = [{numbers[1]}]\n")
    parts += [_without_example(found, data, name) for name in data.targets]
    parts.append(_files("images beside those of the data, left out", left_beside(data)))
    parts += [_files(what, names, _listed_of(what)) for what, names in found.suspicious.items()]
    twins = [" = ".join(group) for group in found.across]
    parts.append(_files("the same image on both sides of the split", twins))
    parts.append(_files("the same image twice on one side", [" = ".join(group) for group in found.within]))
    return "".join(parts)


def write_sheets(folder: Path, data: Datasets) -> list[Path]:
    """Write sheets of examples of both splits and of random changes; return their paths."""
    from archc.data.contact_sheet import augmented_sheet, contact_sheet, write_sheet
    from archc.files.errors import from_os_error

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise from_os_error("create", folder, error) from error
    sheets = {
        "contact.png": contact_sheet(data.train, data.first),
        "valid.png": contact_sheet(data.valid, data.first),
        "augmented.png": augmented_sheet(data, data.augment),
    }
    for name, sheet in sheets.items():
        write_sheet(folder / name, sheet)
    return [folder / name for name in sheets]


def _classes(found: Survey, data: Datasets, target: str) -> str:
    from archc.data.kinds.pairs import Drawn

    facts = data.targets[target]
    names = data.train.classes if isinstance(data.train, Drawn) else facts.classes
    zero = (0.0,) * len(names)
    train, valid = (found.counts.get((split, target), zero) for split in ("train", "valid"))
    if not task_facts(facts.task).classes:
        means = [f"{n} {t / max(found.images['train'], 1):.4g}" for n, t in zip(names, train, strict=True)]
        return printable(f"means of `{target}`: {', '.join(means)}") + "\n"
    what = "pixels" if task_facts(facts.task).dense else "images"
    rows = [(name, f"{int(t):,}", f"{int(v):,}") for name, t, v in zip(names, train, valid, strict=True)]
    shown = rows[:_MOST_CLASSES]
    more = f"  ... and {len(rows) - len(shown)} more classes\n" if len(rows) > len(shown) else ""
    return aligned(("class", f"{what} to train on", "to measure on"), shown, frozenset({1, 2})) + more


def _without_example(found: Survey, data: Datasets, target: str) -> str:
    """Return the classes that nothing can be learned of."""
    facts = data.targets[target]
    counts = found.counts.get(("train", target), ())
    if not task_facts(facts.task).classes or len(counts) != len(facts.classes):
        return ""
    what = "pixel" if task_facts(facts.task).dense else "image"
    names = [name for name, count in zip(facts.classes, counts, strict=True) if not count]
    return _files(f"classes without a single {what} to train on", names)


def _sizes(found: Survey) -> str:
    if not found.sizes:
        return "sizes: none could be read\n"
    heights, widths = (sorted(side) for side in zip(*found.sizes, strict=True))
    if heights[0] == heights[-1] and widths[0] == widths[-1]:
        return f"size: {heights[0]}x{widths[0]} (height x width)\n"
    middle = len(heights) // 2
    return (
        f"sizes, height x width: {heights[0]} to {heights[-1]} x {widths[0]} to {widths[-1]},"
        f" the middle ones {heights[middle]}x{widths[middle]}\n"
    )


def _listed_of(what: str) -> int:
    """Return how many files of a kind are named: of those that must be mended, more."""
    from archc.data.survey import FAULTS

    return _LISTED_FAULTS if what in FAULTS else _LISTED


def _files(what: str, names: tuple[str, ...] | list[str], most: int = _LISTED) -> str:
    if not names:
        return ""
    more = f"  ... and {len(names) - most:,} more\n" if len(names) > most else ""
    shown = "".join(f"  {printable(name)}\n" for name in names[:most])
    return f"{what}: {len(names):,}\n" + shown + more


def _record(found: Survey, data: Datasets) -> dict[str, object]:
    record = asdict(found) | {"classes": {name: facts.classes for name, facts in data.targets.items()}}
    record["counts"] = [
        {"split": split, "target": target, "counts": counts}
        for (split, target), counts in found.counts.items()
    ]
    return record
