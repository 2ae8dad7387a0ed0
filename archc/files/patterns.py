"""Regular expressions that strangers write: matched by RE2, in time linear in the text whatever they say."""

from __future__ import annotations

from collections.abc import Callable

from archc.files.errors import WorldError
from archc.files.extras import install_extra

Find = Callable[[str], str | None]
"""The text of one group of a pattern, looked for anywhere in a text; None where it does not match."""

_OPENINGS = ("(?P<{}>", "(?<{}>")


def pattern_fault(pattern: str, group: str) -> str | None:
    """Return what is wrong with the pattern, or None; `group` is the named group that it must have.

    Where RE2 is not installed only the group's name is looked for, and the rest is told when data is opened.
    """
    try:
        import re2
    except ImportError:
        named = any(opening.format(group) in pattern for opening in _OPENINGS)
        return None if named else f"has no group `{group}`"
    try:
        compiled = re2.compile(pattern, _quiet())
    except re2.error as error:
        return f"is not a regular expression of RE2: {_reason(error)}"
    return None if group in compiled.groupindex else f"has no group `{group}`"


def finder(pattern: str, group: str) -> Find:
    """Return a function that finds the group in a text. `WorldError` where RE2 is missing or refuses."""
    try:
        import re2
    except ImportError as error:
        raise WorldError(
            "regular expressions in data need google-re2, which is not installed",
            install_extra("train"),
        ) from error
    if fault := pattern_fault(pattern, group):
        raise WorldError(f"pattern `{pattern}` {fault}")
    compiled = re2.compile(pattern, _quiet())

    def find(text: str) -> str | None:
        match = compiled.search(text)
        found: str | None = match.group(group) if match is not None else None
        return found

    return find


def _quiet() -> object:
    import re2

    options = re2.Options()
    options.log_errors = False  # else the library writes to standard error itself
    options.max_mem = 8 << 20
    return options


def _reason(error: Exception) -> str:
    first = error.args[0] if error.args else error
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
