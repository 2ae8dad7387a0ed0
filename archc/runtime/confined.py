"""onnxruntime in a process of its own, which the system ends when it takes too long.

A model from a stranger can keep onnxruntime busy for ever inside one call, deaf to Ctrl-C, take all memory,
or crash it. So the session lives in a child, forked rather than started anew: no program is executed, no
socket opened. The child sets an alarm that no C++ code can hold off, may take so much memory and no more, and
answers over a pipe. Its standard streams lead nowhere.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np
import numpy.typing as npt

from archc.files.errors import WorldError
from archc.runtime.channel import Message, is_numeric, receive, send
from archc.runtime.library import out_of_memory, said
from archc.runtime.limits import Limits, pixels_of

Array = npt.NDArray[Any]

AVAILABLE = sys.platform == "linux"
"""Elsewhere memory cannot be limited so, and a fork is not safe beside system libraries."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session as the child tells of it.

    Attributes:
        inputs: the dimensions of each input by name; a text where one is open.
    """

    outputs: tuple[str, ...]
    on_cuda: bool
    inputs: Mapping[str, Sequence[int | str | None]] = field(default_factory=dict)


Open = Callable[[], tuple[Any, Opened]]
"""Makes the session; runs in the child."""


class Confined:
    """A session in a child process; closing it, or forgetting it, ends the child."""

    def __init__(self, path: Path, make: Open, limits: Limits) -> None:
        """Fork the child and open the session in it.

        Raises:
            WorldError: the session cannot be opened, takes too long or too much memory, or crashes.
        """
        self._path, self._make, self._limits = path, make, limits
        self._size = path.stat().st_size
        self.opened = self._start()

    def _start(self) -> Opened:
        self._pid, self._requests, self._replies = _forked(self._make)
        self._end = weakref.finalize(self, _ended, os.getpid(), self._pid, self._requests, self._replies)
        seconds = self._limits.seconds_to_open(self._size)
        told = self._asked("opened", seconds, self._limits.memory_for(self._size)).said
        return Opened(tuple(told["outputs"]), told["on_cuda"], told["inputs"])

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return outputs by name for inputs by name, arrays `(N, ...)`.

        A new child is started where the last one had to be ended.

        Raises:
            WorldError: the run fails, takes too long or too much memory, or crashes.
        """
        if not self._end.alive:
            self._start()
        pixels = sum(pixels_of(array.shape) for array in inputs.values())
        memory = self._limits.memory_for(self._size, pixels)
        reply = self._asked("run", self._limits.seconds_to_run(pixels), memory, inputs)
        return dict(reply.arrays)

    def close(self) -> None:
        """End the child."""
        self._end()

    def _asked(
        self, action: str, seconds: float, memory: int, inputs: Mapping[str, Array] | None = None
    ) -> Message:
        try:
            send(self._requests, {"seconds": seconds, "memory": memory}, inputs)
            reply = receive(self._replies)
        except (BrokenPipeError, ValueError, KeyError, TypeError):
            reply = None
        except BaseException:  # interrupted: what stands in the pipes is no longer whole
            self.close()
            raise
        if reply is None:
            raise self._gone(action, seconds)
        if "failed" in reply.said:
            raise self._failed(action, reply.said, memory)
        return reply

    def _failed(self, action: str, told: Mapping[str, Any], memory: int) -> WorldError:
        if told.get("missing"):
            raise ModuleNotFoundError(told["failed"], name=told["missing"])
        if told.get("world"):
            return WorldError(told["failed"], told["help"])
        if told.get("memory"):
            return WorldError(
                f"`{self._path}` needs more than {memory / 1e9:.1f} GB of memory to be {action}",
                "allow it more where you trust it: --max-memory GB",
            )
        if action == "opened":
            return WorldError(f"onnxruntime cannot open `{self._path}`: {told['failed']}", "export it again")
        return WorldError(f"`{self._path}` could not be run: {told['failed']}")

    def _gone(self, action: str, seconds: float) -> WorldError:
        status: int = self._end() or 0
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if number == signal.SIGALRM:
            return WorldError(
                f"`{self._path}` was not {action} within {seconds:.0f} seconds",
                "allow it longer where you trust it: --max-seconds N",
            )
        if number == signal.SIGKILL:
            return WorldError(
                f"the system, perhaps short of memory, killed the process in which `{self._path}` ran",
                "run it on a machine with more memory, or on smaller images",
            )
        name = signal.Signals(number).name if number else f"status {os.waitstatus_to_exitcode(status)}"
        return WorldError(f"onnxruntime crashed ({name}) when `{self._path}` was {action}", "export it again")


def _forked(make: Open) -> tuple[int, BinaryIO, BinaryIO]:
    """Return the child's number, the pipe that it reads requests from, and the one that it answers on."""
    take, requests = os.pipe()
    replies, give = os.pipe()
    with warnings.catch_warnings():
        # Python warns of forks beside threads, numpy's among them; the child holds none of their locks.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        os.close(requests)
        os.close(replies)
        _child(make, os.fdopen(take, "rb"), os.fdopen(give, "wb"))
    os.close(take)
    os.close(give)
    return pid, os.fdopen(requests, "wb"), os.fdopen(replies, "rb")


def _ended(parent: int, pid: int, requests: BinaryIO, replies: BinaryIO) -> int:
    """End the child and return how it ended: of its own, where it had ended already."""
    if os.getpid() != parent:  # a fork of the parent forgets its copy: the child is not its own
        return 0
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)
    for file in (requests, replies):
        with contextlib.suppress(OSError):
            file.close()
    try:
        status: int = os.waitpid(pid, 0)[1]
    except ChildProcessError:
        return 0
    return status


def _child(make: Open, requests: BinaryIO, replies: BinaryIO) -> NoReturn:
    """Answer requests until the parent goes. None of the parent's own code or buffers is left to finish."""
    status = 1
    try:
        _confine()
        status = _serve(make, requests, replies)
    except BaseException:  # the parent sees that the pipe has ended, and the status
        status = 1
    finally:
        os._exit(status)


def _confine() -> None:
    import faulthandler
    import resource

    faulthandler.disable()  # it may write to a copy of the parent's standard error
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to answer: it ends this process
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _serve(make: Open, requests: BinaryIO, replies: BinaryIO) -> int:
    session: Any = None
    opened: Opened | None = None
    reply: dict[str, Any]
    arrays: dict[str, Array]
    while (request := receive(requests)) is not None:
        try:
            # CUDA reserves far more memory than it uses: no limit would fit.
            memory = None if opened and opened.on_cuda else request.said["memory"]
            with _bounded(request.said["seconds"], memory):
                if opened is None:
                    session, opened = make()
                    reply, arrays = asdict(opened), {}
                else:
                    reply, arrays = {}, _run(session, opened.outputs, request.arrays)
        except WorldError as fault:
            reply, arrays = {"failed": fault.message, "help": fault.help, "world": True}, {}
        except ModuleNotFoundError as missing:
            reply, arrays = {"failed": str(missing), "missing": missing.name}, {}
        except Exception as failure:  # onnxruntime's kinds are private
            reply, arrays = {"failed": said(failure), "memory": out_of_memory(failure)}, {}
        send(replies, reply, arrays)
    return 0


def _run(session: Any, names: tuple[str, ...], inputs: Mapping[str, Array]) -> dict[str, Array]:
    outputs = session.run(list(names), dict(inputs))
    arrays = {name: np.asarray(value) for name, value in zip(names, outputs, strict=True)}
    for name, array in arrays.items():
        if not is_numeric(array):
            raise WorldError(f"the model's output `{name}` does not consist of numbers", "export it again")
    return arrays


@contextmanager
def _bounded(seconds: float, memory: int | None) -> Iterator[None]:
    """Let the system end this process after `seconds`, and refuse it `memory` bytes beyond those it has."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = hard if memory is None else _taken() + memory
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def _taken() -> int:
    """Return bytes of private writable memory of this process, which RLIMIT_DATA counts."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0
