"""Processes that load data: how many, how they behave, and what is said when one is lost.

On Linux they are forked, in milliseconds: a new interpreter would import torch first, 4 s of CPU each. That
is safe because workers touch neither CUDA nor OpenMP (they use Pillow, numpy and single-threaded stacking),
and Pillow's plugins are loaded before, so that a worker takes no lock that a thread of the parent may have
held.

torch raises a `RuntimeError` from a signal handler, wherever the main process happens to be, when a worker
dies. Here the death is noted instead, and raised as a fault of the world where a batch is waited for: never
in the middle of a step or of a file.
"""

from __future__ import annotations

import errno
import mmap
import multiprocessing
import os
import signal
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import popen_fork, queues
from multiprocessing.context import BaseContext, ForkContext, ForkProcess
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from PIL import Image

from archc.files.errors import WorldError
from archc.files.signals import SIGNALS

FORKED = sys.platform == "linux"

MOST_PER_CORE = 8
"""Workers for each core beyond which more only cost memory; data on a slow network may want as many."""

SHARED = "/dev/shm"
_FILES_OF_A_WORKER = 16
_FILES_TO_SPARE = 24
"""Descriptors that a worker and its batches take in the main process, and that all else takes."""

_TOO_FEW_FILES = "allow more (ulimit -n 1024), or set train.workers = 0"
_NO_SHARED = f"give {SHARED} more room (docker run --shm-size=1g), or set train.workers = 0"
_DEATHS = {
    getattr(signal, "SIGKILL", 9): (
        "perhaps memory ran out",
        "set train.workers lower, or 0, or train.batch_size lower",
    ),
    getattr(signal, "SIGBUS", 7): (f"perhaps {SHARED} is full", _NO_SHARED),
}
_CRASHED = ("its decoder crashed", "train.workers = 0 shows on which image")


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worker_count(asked: int | None, in_memory: bool) -> int:
    """Return the number of processes to load with: those asked for, else one for each core and at most 8.

    Of those asked for, at most `MOST_PER_CORE` for each core. The loaded data does not depend on the number.
    """
    if asked is not None:
        return min(asked, MOST_PER_CORE * cores())
    return 0 if in_memory else min(cores(), 8)


class Crew:
    """The workers of one loader, and the first death among them."""

    def __init__(self) -> None:
        self.context: BaseContext = _Context(self) if FORKED else multiprocessing.get_context("spawn")
        self.processes: list[multiprocessing.process.BaseProcess] = []
        self.death: WorldError | None = None
        self._waiting = False
        Image.init()

    @contextmanager
    def starting(self, count: int, batch_bytes: int) -> Iterator[None]:
        """Start the `count` workers inside, undisturbed by signals, which they inherit blocked.

        Raises:
            WorldError: there is not the shared memory, or not the descriptors, or the system refuses.
        """
        if self.processes:  # they live on from epoch to epoch, and are waited for to begin the next
            with self.waiting():
                yield
            return
        require_files(count)
        require_shared(count, batch_bytes)
        with _blocked():
            try:
                yield
            except OSError as error:
                self.end()
                raise _not_started(error) from None
            finally:
                _watch(self)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Inside, a death is raised at once; so is one that was noted before."""
        self._waiting = True
        try:
            self._tell()
            yield
        finally:
            self._waiting = False

    def look(self) -> None:
        """Note the first worker that did not end by itself; raise that if a batch is waited for."""
        if self.death is None:
            codes = [process.exitcode for process in self.processes]
            if died := [code for code in codes if code]:
                self.death = _death(died[0], len(died))
        if self._waiting:
            self._tell()

    def _tell(self) -> None:
        if self.death is not None:  # a new exception: the first one's traceback would keep this alive
            raise WorldError(self.death.message, self.death.help)

    def end(self) -> None:
        """Kill what is left of the workers: after a death, they may wait for each other for ever."""
        for process in self.processes:
            if process.is_alive():
                process.kill()


def fault_of(crew: Crew, error: Exception, patience: float) -> Exception:
    """Return what was said of the workers as a fault of the world, any other error as it is."""
    text = str(error)
    if crew.death is None:
        for process in crew.processes:  # a broken connection is seen before the death behind it
            process.join(0.2)
        crew._waiting = False
        crew.look()
    if crew.death is not None:
        crew.end()
        return WorldError(crew.death.message, crew.death.help)
    if "timed out" in text:
        return WorldError(
            f"a data worker gave no batch for {patience:.0f} s", "is the disk there? train.workers = 0 tells"
        )
    return resources_fault(error) or error


def resources_fault(error: BaseException) -> WorldError | None:
    """Return the lack of descriptors or of shared memory that an error tells of, or None."""
    number, text = getattr(error, "errno", None), str(error)
    if number in (errno.EMFILE, errno.ENFILE) or "Too many open files" in text:
        return WorldError("too few files may be open at once for data workers", _TOO_FEW_FILES)
    if number in (errno.ENOSPC, errno.EROFS) or "shared memory" in text or "No space left" in text:
        return WorldError(f"data workers cannot share memory: {SHARED} is full or read-only", _NO_SHARED)
    return None


def require_files(workers: int) -> None:
    """Raise `WorldError` if fewer files may be open than `workers` need: torch would fail without end."""
    if sys.platform == "win32" or not workers:
        return
    import resource

    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = _open_now() + workers * _FILES_OF_A_WORKER + _FILES_TO_SPARE
    if allowed not in (resource.RLIM_INFINITY, -1) and allowed < needed:
        raise WorldError(
            f"{allowed} files may be open at once, {workers} data workers need {needed}",
            f"allow more (ulimit -n {max(needed, 1024)}), or set train.workers = 0",
        )


def require_shared(workers: int, batch_bytes: int) -> None:
    """Raise `WorldError` if the batches on the way do not fit into shared memory, or it is read-only.

    There are two for each worker.
    """
    if not workers or not FORKED:
        return
    try:
        found = os.statvfs(SHARED)
    except OSError as error:
        raise WorldError(f"data workers share memory in {SHARED}: {error.strerror}", _NO_SHARED) from error
    free, needed = found.f_bavail * found.f_frsize, (2 * workers + 1) * batch_bytes
    if found.f_flag & os.ST_RDONLY or not os.access(SHARED, os.W_OK):
        raise WorldError(f"data workers share memory in {SHARED}, which is read-only", _NO_SHARED)
    if free < needed:
        raise WorldError(
            f"{workers} data workers share about {needed / 1e6:.1f} MB in {SHARED}, which has"
            f" {free / 1e6:.1f} MB left",
            f"set train.workers lower, or 0, or {_NO_SHARED.partition(',')[0]}",
        )


def start_worker(_number: int) -> None:
    """Leave signals to the main process, which ends its workers itself.

    A terminal, a scheduler or a service manager sends them to all processes.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    sys.excepthook = _end_without_files
    if FORKED:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (*SIGNALS, signal.SIGCHLD))


class _Popen(popen_fork.Popen):
    def terminate(self) -> None:
        """Kill: workers ignore SIGTERM."""
        self.kill()


class _Worker(ForkProcess):
    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        return _Popen(process_obj)


class _Results(queues.Queue):  # type: ignore[type-arg]
    """A queue that hands over, in the place of a batch that cannot be shared, the reason."""

    def _on_queue_feeder_error(self, error: Exception, item: Any) -> None:
        fault = resources_fault(error) or WorldError(f"a data worker cannot hand over a batch: {error}")
        self.put((item[0], fault))


class _Flag:
    """An event in a page of shared memory.

    Unlike `multiprocessing.Event` it takes no lock, which a worker that was killed could hold for ever.
    """

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, 1)

    def set(self) -> None:
        self._page[0] = 1

    def is_set(self) -> bool:
        return self._page[0] == 1


class _Context(ForkContext):
    """Fork, with the parts above; it notes the workers that are started with it."""

    def __init__(self, crew: Crew) -> None:
        super().__init__()
        self._crew = weakref.ref(crew)

    def Process(self, *args: Any, **options: Any) -> Any:  # type: ignore[override]
        worker = _Worker(*args, **options)
        if (crew := self._crew()) is not None:
            crew.processes.append(worker)
        return worker

    def Queue(self, maxsize: int = 0) -> Any:
        return _Results(maxsize, ctx=self)

    def Event(self) -> Any:
        return _Flag()


_CREWS: weakref.WeakSet[Crew] = weakref.WeakSet()


def _watch(crew: Crew) -> None:
    """Be told of this crew's deaths, in the place of torch; outside of the main thread torch stays."""
    _CREWS.add(crew)
    if FORKED and signal.getsignal(signal.SIGCHLD) != _child_ended:
        try:
            signal.signal(signal.SIGCHLD, _child_ended)
        except ValueError:
            return


def _child_ended(_number: int, _frame: FrameType | None) -> None:
    for crew in list(_CREWS):
        crew.look()


@contextmanager
def _blocked() -> Iterator[None]:
    if not FORKED:
        yield
        return
    earlier = signal.pthread_sigmask(signal.SIG_BLOCK, (*SIGNALS, signal.SIGCHLD))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, earlier)


def _death(code: int, count: int) -> WorldError:
    who = "a data worker was" if count == 1 else f"{count} data workers were"
    if code < 0:
        why, help = _DEATHS.get(-code, _CRASHED)
        return WorldError(f"{who} killed (signal {-code}): {why}", help)
    if code == errno.EMFILE:
        return WorldError("too few files may be open at once for data workers", _TOO_FEW_FILES)
    return WorldError(f"a data worker ended with exit status {code}", "train.workers = 0 shows why")


def _not_started(error: OSError) -> WorldError:
    return resources_fault(error) or WorldError(
        f"cannot start data workers: {error.strerror or error}", "set train.workers lower, or 0"
    )


def _open_now() -> int:
    try:
        return len(list(Path("/proc/self/fd").iterdir()))
    except OSError:
        return 16


def _end_without_files(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """End a worker that has no descriptors left: the thread that shares its batches would say so for ever."""
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        os._exit(errno.EMFILE)
    sys.__excepthook__(kind, error, trace)
