"""Faults as people see them: rendered to standard error, with the exit status that says whose they are."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from archc.files.errors import WorldError, from_os_error, printable
from archc.files.extras import install_extra
from archc.source.document.document import SpecError

if TYPE_CHECKING:
    from archc.files.signals import Stopped

_OPTIONAL = frozenset(
    (
        "torch",
        "torchvision",
        "rich",
        "re2",
        "safetensors",
        "PIL",
        "numpy",
        "onnxruntime",
        "onnx",
        "sklearn",
        "timm",
        "pygls",
        "lsprotocol",
    )
)
"""The modules that the extras bring; anything else that is missing is a bug of ours."""


def answered(command: Callable[[], int], extra: str = "all") -> int:
    """Return the command's status, or show the fault it ended with and return that one's.

    `extra` is what to install where a library is missing.
    """
    try:
        status = command()
        if not sys.stdout.closed:  # as the language server leaves it
            sys.stdout.flush()
        return status
    except SpecError as error:
        show(error)
        return 1
    except WorldError as error:
        _say(f"error: {error.message}", error.help)
        return 2
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in _OPTIONAL:
            raise
        _say(f"error: this needs {error.name}, which is not installed: {install_extra(extra)}", None)
        return 2
    except BrokenPipeError:
        _mute()
        return 2
    except OSError as error:
        if error.filename is not None and error.errno is not None:
            fault = from_os_error("use", str(error.filename), error)
            _say(f"error: {fault.message}", fault.help)
            return 2
        if error.errno in (errno.EMFILE, errno.ENFILE):
            _say("error: too many files are open at once", "allow more: ulimit -n 1024")
            return 2
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        _mute()
        _say(f"error: cannot write what there is to say: {error.strerror}", "look at where the output goes")
        return 2
    except KeyboardInterrupt:
        _say("interrupted", None)
        return 130
    except _stopped() as stopped:
        _say(str(stopped), None)
        return stopped.status


def _stopped() -> type[Stopped]:
    """The class, imported where an exception is asked whether it is one: validation needs no signals."""
    from archc.files.signals import Stopped

    return Stopped


def _mute() -> None:
    """Send what is still to be written to standard output nowhere: nobody can take it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show(error: SpecError) -> None:
    """Write the diagnostics of a spec in full to standard error."""
    from archc.source.render.text import render

    sys.stderr.write(
        render(error.diagnostics, error.document, color=colored(sys.stderr), width=terminal_width())
    )


def colored(stream: object) -> bool:
    """Return whether to write colors: on a terminal, never with NO_COLOR."""
    return bool(getattr(stream, "isatty", lambda: False)()) and not os.environ.get("NO_COLOR")


def terminal_width() -> int:
    """Return columns of the terminal, 100 where there is none or it does not know."""
    try:
        return os.get_terminal_size(2).columns or 100
    except OSError:
        return 100


def _say(line: str, help: str | None) -> None:
    sys.stderr.write(printable(line) + "\n")
    if help:
        sys.stderr.write(f"  = help: {printable(help)}\n")
