"""Which tensors of a checkpoint a model wants: under what entry, below what prefix, by what names.

A checkpoint of a training script holds several tables, and names with a wrapper's word before them. What the
spec says of them counts; what it leaves out is looked for, and taken only where one reading alone gives every
tensor that is wanted, of its shape and kind. Two that do are told with what to write; so is the nearest miss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archc.files.errors import WorldError
from archc.weights.misfits import Say, ambiguous, misfit
from archc.weights.readings import Asked, Reading, Target, readings
from archc.weights.stored import Checkpoint, Entry, Stored


@dataclass(frozen=True, slots=True)
class Taken:
    """The tensors chosen from a checkpoint for a model.

    Attributes:
        tensors: where each tensor of the model lies, by its name in the model.
        absent: counters of batch norms that older files lack, which then are 0.
        kept: tensors of the model that were skipped.
        cut: names in the file behind the cut, or of skipped parts.
        foreign: names in the file of parts that the model does not have.
        found: whether entry or prefix were not said and are not the plain ones.
    """

    target: str
    checkpoint: Checkpoint
    entry: str
    prefix: str
    tensors: Mapping[str, Stored]
    absent: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    found: bool = False


def select(checkpoint: Checkpoint, target: Target, asked: Asked, say: Say) -> Taken:
    """Return the tensors for `target`; `say` is how its spec writes a reading, for messages.

    Raises:
        WorldError: no reading fits, or several do; says what to write, or what is amiss.
    """
    entries = _entries(checkpoint, asked)
    every = [r for entry in entries for r in readings(entry, target, asked)]
    fitting = _different([r for r in every if r.fits])
    for path in target.preferred if len(fitting) > 1 else ():
        fitting = [r for r in fitting if r.entry.path == path][:1] or fitting
    if len(fitting) > 1:
        raise ambiguous(checkpoint, target, fitting, say)
    if not fitting:
        raise misfit(checkpoint, target, every, say)
    return _taken(checkpoint, target, fitting[0], asked)


def _taken(checkpoint: Checkpoint, target: Target, read: Reading, asked: Asked) -> Taken:
    chosen = {
        name: read.given[name] for name in target.wanted if name in read.given and not target.skips(name)
    }
    guessed = (asked.entry is None and read.entry.path != "") or (asked.prefix is None and read.prefix != "")
    return Taken(
        target.name,
        checkpoint,
        read.entry.path,
        read.prefix,
        chosen,
        absent=read.absent,
        kept=read.kept,
        cut=read.cut,
        foreign=read.foreign,
        found=guessed,
    )


def _entries(checkpoint: Checkpoint, asked: Asked) -> Sequence[Entry]:
    if not checkpoint.entries:
        inside = f" but {checkpoint.inside}" if checkpoint.inside not in ("", "dict") else ""
        raise WorldError(
            f"`{checkpoint.path}` holds no weights: no names and tensors{inside}",
            "save `model.state_dict()` with torch.save, or as .safetensors",
        )
    if asked.entry is None:
        return checkpoint.entries
    chosen = [entry for entry in checkpoint.entries if entry.path == asked.entry]
    if not chosen:
        known = ", ".join(f'"{entry.path}"' for entry in checkpoint.entries[:8])
        raise WorldError(
            f'`{checkpoint.path}` has no entry "{asked.entry}" with tensors in it', f"its entries are {known}"
        )
    return chosen


def _different(fitting: list[Reading]) -> list[Reading]:
    """Return those that give other values: a checkpoint may name one table twice."""
    kept: list[Reading] = []
    for reading in fitting:
        if not any(reading.given == other.given for other in kept):
            kept.append(reading)
    return kept
