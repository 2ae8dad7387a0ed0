"""onnxruntime, imported in this one place: without its telemetry and without its log.

Since 1.31 onnxruntime keeps a device id and a store of events in the home folder and looks up a host to send
them to. The environment variable stops it if set before the import; `disable_telemetry_events()` does not.
Its log goes to standard error as it is, with whatever control characters the names in a model's file hold;
the part of it that matters comes as an exception as well, which archc escapes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_FATAL = 4
_PREFIX = re.compile(r"^\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : ")
MOST_OPTIMIZED = 5_000
"""Nodes up to which graphs are optimized: the time grows with their square (8 s for a chain of 15,000)."""


def onnxruntime() -> Any:
    """Import and return the module."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.set_default_logger_severity(_FATAL)
    return onnxruntime


def new_session(path: Path, providers: Sequence[str], *, threads: int = 0, nodes: int = 0) -> Any:
    """Return an `onnxruntime.InferenceSession` on the file at `path`, which has `nodes` nodes.

    Whatever onnxruntime raises is passed on: its kinds are private.
    """
    library = onnxruntime()
    settings = library.SessionOptions()
    settings.log_severity_level = _FATAL
    settings.intra_op_num_threads = threads
    if nodes > MOST_OPTIMIZED:
        settings.graph_optimization_level = library.GraphOptimizationLevel.ORT_DISABLE_ALL
    return library.InferenceSession(str(path), settings, providers=list(providers))


def said(failure: BaseException) -> str:
    """Return onnxruntime's message in one line, without its prefix; the exception's kind without one."""
    words = " ".join(_PREFIX.sub("", str(failure)).split())
    return words[:300] or type(failure).__name__


def out_of_memory(failure: BaseException) -> bool:
    """Return whether it failed for want of memory."""
    words = str(failure)
    return isinstance(failure, MemoryError) or "Failed to allocate memory" in words or "bad_alloc" in words
