"""Finds the command, runs it, and turns faults into one clear answer and an exit status.

Exit status: 0 fine; 1 a spec is at fault; 2 the world is (a missing file, a full disk), or the command
line was misused; 130 interrupted. A traceback is always a bug of ours.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from archc.cli.commands import COMMANDS
from archc.cli.faults import answered, terminal_width
from archc.files.version import __version__

_WITH_TORCH = ("train", "export", "demo", "timm")
"""Extras that bring torch."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _write_anything()
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        sys.stdout.write(_overview())
        return 0 if arguments else 2
    if arguments[0] in ("-V", "--version"):
        sys.stdout.write(f"archc {__version__}\n")
        return 0
    name = arguments[0]
    if name not in COMMANDS:
        from archc.source.diagnostics.suggest import nearest

        near = nearest(name, list(COMMANDS))
        hint = f"did you mean `archc {near}`?" if near else "`archc --help` lists the commands"
        sys.stderr.write(f"error: there is no command {name!r}: {hint}\n")
        return 2
    return answered(lambda: _run(name, arguments[1:]), COMMANDS[name].extra)


def _write_anything() -> None:
    """Whatever a stream's encoding lacks is escaped: no name in a spec may end a command in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _run(name: str, arguments: list[str]) -> int:
    module = importlib.import_module(f"archc.cli.{COMMANDS[name].module}")
    parser = argparse.ArgumentParser(
        prog=f"archc {name}",
        description=COMMANDS[name].summary,
        allow_abbrev=False,
        formatter_class=_formatter,
    )
    module.configure(parser)
    parsed = parser.parse_args(arguments)
    if COMMANDS[name].extra in _WITH_TORCH:
        from archc.cli.torch_imports import run_no_program

        run_no_program()
    status: int = module.run(parsed)
    return status


def _formatter(prog: str) -> argparse.HelpFormatter:
    """The parser's own, told how wide the terminal is: it would import more than itself to ask."""
    return argparse.HelpFormatter(prog, width=terminal_width() - 2)


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {command.summary}" for name, command in COMMANDS.items()]
    return (
        "usage: archc COMMAND ...\n\n"
        "Compiles a declarative spec of a network into a trained, proven and deployable model.\n\n"
        "commands:\n" + "\n".join(lines) + "\n\n`archc COMMAND --help` shows a command's options.\n"
    )
