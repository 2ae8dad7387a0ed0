"""Training on the terminal: a bar that lives while an epoch runs, a line that stays for each."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TextIO, assert_never

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from archc.files.errors import printable
from archc.training.events import EpochEnd, Notice, PhaseStart, Progress, RunEnd, RunStart, Step

QUIET_SECONDS = 30.0
"""Where there is no terminal, a line is written at least this often."""

FRAME = 0.1
"""Seconds between two drawings of the bar."""


def show(progress: Iterable[Progress], *, quiet: bool = False, stream: TextIO | None = None) -> RunEnd | None:
    """Show each event on `stream` (standard error), unless `quiet`, and return the run's end."""
    console = Console(file=stream, stderr=stream is None, highlight=False, markup=False, emoji=False)
    view: _View = _Silent() if quiet else _Live(console) if console.is_terminal else _Plain(console)
    end: RunEnd | None = None
    try:
        for event in progress:
            view.see(event)
            if isinstance(event, RunEnd):
                end = event
    finally:
        view.close()
        # A run that is stopped here (Ctrl-C) saves its weights now, not when its generator is collected.
        if isinstance(progress, Generator):
            progress.close()
    return end


class _View:
    """A reader of events."""

    def see(self, event: Progress) -> None: ...

    def close(self) -> None: ...


class _Silent(_View):
    """A reader that shows nothing."""


class _Plain(_View):
    """Lines only: for a file, a pipe, a log."""

    def __init__(self, console: Console) -> None:
        self._console, self._pace, self._spoke = console, Pace(), time.perf_counter()
        self._phases = 0

    def see(self, event: Progress) -> None:
        self._pace = self._pace.after(event)
        match event:
            case Step():
                if time.perf_counter() - self._spoke > QUIET_SECONDS:
                    self._say(self._pace.line())
            case RunStart() | PhaseStart() | EpochEnd() | Notice() | RunEnd():
                for line in told(event):
                    self._say(line)
            case _:
                assert_never(event)

    def _say(self, line: str) -> None:
        # soft_wrap: a log's lines are as long as they are
        self._console.print(line, soft_wrap=True)
        self._spoke = time.perf_counter()


class _Live(_View):
    """A bar at the bottom, drawn by us alone: rich's own thread would live on in forked workers' locks."""

    def __init__(self, console: Console) -> None:
        self._console, self._pace, self._drawn = console, Pace(), 0.0
        columns = (TextColumn("{task.description}"), BarColumn(None))
        self._bar = Bar(*columns, console=console, auto_refresh=False, transient=True, expand=True)
        self._task = self._bar.add_task("", total=None)

    def see(self, event: Progress) -> None:
        self._pace = self._pace.after(event)
        if isinstance(event, RunStart):
            self._bar.start()
        if isinstance(event, Step):
            self._draw()
        for line in told(event):
            self._bar.console.print(line)

    def _draw(self) -> None:
        now = time.perf_counter()
        if now - self._drawn < FRAME:
            return
        self._drawn = now
        self._bar.update(
            self._task, total=self._pace.steps, completed=self._pace.done, description=self._pace.line()
        )
        self._bar.refresh()

    def close(self) -> None:
        self._bar.stop()


@dataclass(frozen=True, slots=True)
class Pace:
    """Where the run is and how fast it goes.

    Attributes:
        loss, seconds, examples: of a step, means that forget over some 20 steps.
        spent, in_epoch: seconds of the epochs that are done, and of the one that is not.
    """

    steps: int = 0
    epochs: int = 0
    done: int = 0
    epoch: int = 0
    loss: float = 0.0
    seconds: float = 0.0
    examples: float = 0.0
    spent: float = 0.0
    in_epoch: float = 0.0

    def after(self, event: Progress) -> Pace:
        """Return the pace once `event` has happened."""
        match event:
            case RunStart():
                return Pace(steps=event.steps, epochs=event.epochs)
            case Step():
                keep = 0.95 if self.done else 0.0
                took = event.seconds + event.waited
                return replace(
                    self,
                    done=event.step + 1,
                    epoch=event.epoch + 1,
                    loss=keep * self.loss + (1 - keep) * event.loss,
                    seconds=keep * self.seconds + (1 - keep) * took,
                    examples=keep * self.examples + (1 - keep) * event.examples,
                    in_epoch=self.in_epoch + took,
                )
            case EpochEnd():
                return replace(self, spent=self.spent + event.seconds, in_epoch=0.0)
            case PhaseStart() | Notice() | RunEnd():
                return self
            case _:
                assert_never(event)

    @property
    def rate(self) -> float:
        """Examples a second."""
        return self.examples / self.seconds if self.seconds else 0.0

    @property
    def left(self) -> float:
        """Seconds to go, at the mean pace so far; from the second epoch on measuring is in it."""
        return (self.steps - self.done) * (self.spent + self.in_epoch) / max(self.done, 1)

    def line(self) -> str:
        """Return `epoch 3/8  step 120/480  loss 0.4521  310 images/s  2:05 left`."""
        return (
            f"epoch {self.epoch}/{self.epochs}  step {self.done}/{self.steps}  loss {self.loss:.4f}"
            f"  {self.rate:.3g} images/s  {duration(self.left)} left"
        )


def told(event: Progress) -> list[str]:
    """Return the lines that stay of an event."""
    match event:
        case RunStart():
            counts = f"{event.examples} images to train on, {event.valid_examples} to measure on"
            return [f"{counts}; {event.epochs} epochs, {event.steps} steps on {event.device}"]
        case PhaseStart():
            return [_phase(event)]
        case EpochEnd():
            return [_epoch(event)]
        case Notice():
            return [f"note: {printable(event.text)}"]
        case RunEnd():
            best = f"best: epoch {event.best.epoch + 1}, {_values(event.best.metrics)}"
            return [f"{best}; {duration(event.seconds)}"]
        case Step():
            return []
        case _:
            assert_never(event)


def duration(seconds: float) -> str:
    """Return a time as `0:07`, `12:34` or `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _phase(start: PhaseStart) -> str:
    rates = list(start.rates.values())
    spread = f"{rates[0]:.3g}" if len(set(rates)) == 1 else f"{rates[0]:.3g} to {rates[-1]:.3g}"
    frozen = f", frozen: {', '.join(printable(name) for name in start.frozen)}" if start.frozen else ""
    parameters = f"{start.trained_parameters:,} parameters"
    return f"phase {start.phase + 1}: {start.epochs} epochs at lr {spread}, {parameters}{frozen}"


def _epoch(end: EpochEnd) -> str:
    mark = " *" if end.best else ""
    return (
        f"epoch {end.epoch + 1:>3}  train loss {end.train_loss:.4f}  valid loss {end.valid_loss:.4f}"
        f"  {_values(end.metrics)}  {duration(end.seconds)}{mark}"
    )


def _values(metrics: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())
