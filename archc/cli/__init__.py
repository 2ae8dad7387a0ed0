"""The command line: `archc COMMAND ...`. A command's module is imported only when it is called."""

from __future__ import annotations

from archc.cli.main import main

__all__ = ["main"]
