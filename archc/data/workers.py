"""Processes that load data: how many, and how they behave."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from multiprocessing.context import BaseContext

from PIL import Image


def cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worker_count(asked: int | None, in_memory: bool) -> int:
    """The processes to load with: what was asked for, else one for each core and at most 8."""
    if asked is not None:
        return asked
    return 0 if in_memory else min(cores(), 8)


def context() -> BaseContext:
    """How worker processes start.

    On Linux they are forked, in milliseconds: a new interpreter would import torch first, 4 s of CPU each.
    That is safe because workers touch neither CUDA nor OpenMP (they use Pillow, numpy and single-threaded
    stacking), and Pillow's plugins are loaded before, so that a worker takes no lock that a thread of the
    parent may have held.
    """
    Image.init()
    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def start_worker(_number: int) -> None:
    """Ctrl-C reaches the whole process group: the main process alone answers it, and ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
