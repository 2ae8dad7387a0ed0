"""Signals that ask a training to stop: heard at once, obeyed as soon as nothing is lost by it.

Until a run has begun there is nothing to keep, and the process leaves at once. From then on a signal is
noted, and acted upon where the loop looks for it: between two steps, or while a batch is waited for. Weights
are never half written, however many signals come.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

SIGNALS = tuple(
    signal.Signals[name]
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1")
    if name in signal.Signals.__members__
)
"""Ctrl-C; what `kill`, containers and service managers send; a closed terminal; schedulers ahead of the time
limit."""

UNTRAINED = "before the first step: nothing is kept"


class Stopped(BaseException):
    """A signal asked to stop; `where` says what is kept.

    It is no `Exception`, as `KeyboardInterrupt` is none: nobody handles it in passing.
    """

    def __init__(self, number: int, where: str = "") -> None:
        super().__init__(number, where)
        self.number, self.where = number, where

    @property
    def name(self) -> str:
        return signal.Signals(self.number).name

    @property
    def status(self) -> int:
        """The exit status that shells give to a process that the signal ended."""
        return 128 + self.number

    def __str__(self) -> str:
        return f"stopped by {self.name} {self.where}".rstrip()


class Stop:
    """The signal that has come, if any, and whether it may stop the program at once."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._keeping = self._waiting = self._begun = False

    def check(self) -> None:
        """Raise `Stopped` if a signal has come."""
        if self.number is not None:
            raise Stopped(self.number)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Inside, a signal waits for the next `check`: there is something to keep."""
        self._keeping = self._begun = True
        try:
            yield
        finally:
            self._keeping = False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Inside, where nothing changes, a signal raises `Stopped` at once; so does one that has come."""
        self._waiting = True
        try:
            self.check()
            yield
        finally:
            self._waiting = False

    def hear(self, number: int, _frame: FrameType | None) -> None:
        """Note the signal; the handler of all of them."""
        first = self.number is None
        if first:
            self.number = number
        if not self._keeping:
            _leave(Stopped(number, "" if self._begun else UNTRAINED))
        if first and self._waiting:
            raise Stopped(number)


_STOP = Stop()
"""The process's own: so are its signal handlers."""


@contextmanager
def listening() -> Iterator[Stop]:
    """Hear the signals while the block runs, and give the earlier handlers back after it.

    A signal that is ignored stays so (`nohup`); outside of the main thread none is heard.
    """
    earlier = listen()
    try:
        yield _STOP
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
        if earlier:
            _STOP.number = None


def listen() -> dict[signal.Signals, Any]:
    """Hear the signals from now on; return the handlers that were in place of those not heard before."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    found = {number: signal.getsignal(number) for number in SIGNALS}
    wanted = {n: old for n, old in found.items() if old not in (signal.SIG_IGN, None, _STOP.hear)}
    for number in wanted:
        signal.signal(number, _STOP.hear)
    return wanted


def ignore() -> None:
    """Let the signals that are heard pass from now on: the work is done, the interpreter is going."""
    for number in SIGNALS:
        if signal.getsignal(number) == _STOP.hear:
            signal.signal(number, signal.SIG_IGN)


def _leave(stopped: Stopped) -> NoReturn:
    """Say the line and end the process, without another word from what was being imported or read."""
    try:
        os.write(2, f"{stopped}\n".encode())
    finally:
        os._exit(stopped.status)
