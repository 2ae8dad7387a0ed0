"""Events of training: plain values, in the order in which they happen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStart:
    """Sizes of what is about to be trained; `monitor` is the metric that says which epoch was best."""

    device: str
    steps: int
    epochs: int
    examples: int
    valid_examples: int
    monitor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStart:
    """A phase (counted from 0) begins: its steps, its rates by group, and what rests."""

    phase: int
    epochs: int
    steps: int
    rates: Mapping[str, float]
    frozen: tuple[str, ...]
    trained_parameters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An optimizer step was taken.

    Attributes:
        epoch, step: counted from 0 over the whole run.
        loss: before the step, over its batch.
        rate: the last group's.
        gradient_norm: of all gradients together, before clipping.
        examples: in the batch.
        seconds, waited: of the step, and of waiting for the batch beside them.
    """

    phase: int
    epoch: int
    step: int
    loss: float
    rate: float
    momentum: float | None
    gradient_norm: float
    examples: int
    seconds: float
    waited: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochEnd:
    """An epoch was trained and measured; `best` where it is the best so far.

    `class_iou` has a number for each of the data's classes where the model's output is a class map, else
    none.
    """

    phase: int
    epoch: int
    step: int
    train_loss: float
    valid_loss: float
    metrics: Mapping[str, float]
    class_iou: tuple[float, ...]
    best: bool
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to know that does not stop training."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """All phases are done; `best` is the epoch whose weights are kept as the run's."""

    best: EpochEnd
    last: EpochEnd
    seconds: float


Progress = RunStart | PhaseStart | Step | EpochEnd | Notice | RunEnd
