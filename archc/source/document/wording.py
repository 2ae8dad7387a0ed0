"""Words for values and places of a spec in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from archc.source.text.cells import quoted
from archc.source.text.spans import Path

SHORT_LIST = 14


def dotted(path: Path) -> str:
    """Return the path as `--set` takes it."""
    return quoted(".".join(map(str, path)), 80)


def name(path: Path) -> str:
    """Return the path in backticks, or what the root is called."""
    return f"`{dotted(path)}`" if path else "the spec"


def inside(path: Path) -> str:
    return f" in `{dotted(path)}`" if path else ""


def described(value: object) -> str:
    """Return a value as "found ..." reads it."""
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case int():
            return f"the integer {value}"
        case float():
            return f"the number {value}"
        case str():
            return f"the string {written(value)}"
        case dict():
            return "a table"
        case list():
            return f"a list of {counted(len(value), 'value')}"
        case None:
            return "null"
    return "a date or time"


def written(value: object) -> str:
    """Return a scalar as TOML writes it, clipped."""
    if isinstance(value, str):
        return f'"{quoted(value, 40)}"'
    return str(value).lower() if isinstance(value, bool) else quoted(str(value), 40)


def counted(count: int, noun: str) -> str:
    plural = "es" if noun.endswith("s") else "s"
    return f"{count:,} {noun}{'' if count == 1 else plural}"


def scaled(count: int) -> str:
    """Return a count with at most four digits and a unit: `45.16 M`."""
    for unit, size in (("T", 10**12), ("G", 10**9), ("M", 10**6)):
        if count >= size:
            return f"{count / size:.2f} {unit}"
    return f"{count:,}"


def only(noun: str, names: Sequence[str]) -> str:
    """Return which ones there are: the only module is `a`; the modules are `a`, `b`."""
    shown = ", ".join(f"`{name}`" for name in names[:SHORT_LIST])
    more = f" and {len(names) - SHORT_LIST} more" if len(names) > SHORT_LIST else ""
    return f"the only {noun} is {shown}" if len(names) == 1 else f"the {noun}s are {shown}{more}"


def either(names: Sequence[str]) -> str:
    """Return `a`, `b` or `c`; a long list is cut."""
    shown = list(names[:SHORT_LIST])
    if len(names) > SHORT_LIST:
        return ", ".join(shown) + f" or {len(names) - SHORT_LIST} more"
    return ", ".join(shown[:-1]) + (" or " if len(shown) > 1 else "") + "".join(shown[-1:])
