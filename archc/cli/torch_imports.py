"""Precautions before a command imports torch."""

from __future__ import annotations

import sys


def run_no_program() -> None:
    """Let importing torch execute nothing.

    The CUDA part of torch asks `ctypes` where `libdl` lies, which runs `ldconfig`, or a compiler where that
    is missing. Its name is the same wherever there is a glibc; elsewhere torch falls back to it.
    """
    if sys.platform != "linux":
        return
    import ctypes.util

    found = ctypes.util.find_library

    def find_library(name: str) -> str | None:
        return "libdl.so.2" if name == "dl" else found(name)

    ctypes.util.find_library = find_library
