"""Training that gives the same bits each time, or stops."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from archc.files.errors import WorldError

_REFUSED = "does not have a deterministic implementation"
_WORKSPACE = ("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
"""The setting that cuBLAS needs before it is first used."""


@contextmanager
def deterministic(wanted: bool) -> Iterator[None]:
    """Let torch take deterministic algorithms only while the block lasts, if that is `wanted`.

    Raises:
        WorldError: an operation has none on its device.
    """
    if not wanted:
        yield
        return
    os.environ.setdefault(*_WORKSPACE)
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
    try:
        yield
    except RuntimeError as error:
        if _REFUSED not in str(error):
            raise
        operation = str(error).split(" ", 1)[0]
        raise WorldError(
            f"`{operation}` has no deterministic form on this device",
            "train on the CPU, or without deterministic in [train]",
        ) from error
    finally:
        torch.use_deterministic_algorithms(before[0])
        torch.backends.cudnn.benchmark = before[1]
