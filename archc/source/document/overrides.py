"""`--set PATH=VALUE`: values laid over a document, each marked at the flag that set it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.document import SpecError
from archc.source.document.parse import Refused, beyond
from archc.source.document.wording import counted
from archc.source.text import limits
from archc.source.text.marks import Part, Scan, named_parts, scan_value
from archc.source.text.spans import Location, Mark, Marks, Path, Source, Span
from archc.source.text.toml_tree import toml_pair
from archc.source.text.tree import tree_of

if TYPE_CHECKING:
    from archc.source.document.document import Document

PREFIX = "--set "
NAME = "command line"
FROM_PYTHON = "overrides"


def with_overrides(document: Document, flags: Sequence[str], place: str = NAME) -> Document:
    """Return the document with each flag `PATH=VALUE` applied in order; what it sets stands at the flag.

    `place` is what faults call the flags' origin.

    Raises SpecError with every flag that cannot be read or followed.
    """
    result = replace(
        document,
        data=_copied(document.data),
        marks=dict(document.marks),
        flags=(*document.flags, *flags),
    )
    faults: list[Diagnostic] = []
    for flag in flags:
        try:
            _apply(result.data, result.marks, Source(place, PREFIX + flag))
        except Refused as refused:
            faults += refused.diagnostics
    if faults:
        raise SpecError(tuple(faults), result)
    if excess := limits.fault_in(result.data, "toml"):
        raise SpecError((beyond(document.source, excess, result.marks),), result)
    return result


def _copied(value: Any) -> Any:
    """Return a deep copy of tables and lists; its depth is bounded by the limits on a document."""
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def _apply(data: dict[str, Any], marks: Marks, source: Source) -> None:
    parts, start = _flag_parts(source)
    value, inner = _flag_value(source, start)
    holder, path = _holder(data, marks, source, parts)
    step = _step(holder, parts[-1], path, source)
    path = (*path, step)
    holder[step] = value
    for stale in [known for known in marks if known[: len(path)] == path]:
        del marks[stale]
    for below, mark in inner.items():
        marks[(*path, *below)] = mark
    key = parts[-1][1]
    whole = inner[()].value
    marks[path] = Mark(source, key, whole, whole if isinstance(value, dict) else key)


def _flag_parts(source: Source) -> tuple[list[Part], int]:
    """Return the path's parts and the offset where the value begins."""
    pair = toml_pair(source.text, len(PREFIX))
    equals = pair and pair.child("=")
    if pair and equals:
        return named_parts(pair.children[0], source.text, "toml"), equals.end
    at = Location(source, Span(len(PREFIX), len(source.text)))
    help = "for example: --set train.batch_size=16"
    raise Refused(Diagnostic("ARC010", "the override is not PATH=VALUE", (Label(at=at),), (help,)))


def _flag_value(source: Source, start: int) -> tuple[Any, Marks]:
    """Return the value and the marks of what is inside it.

    What is no TOML value is a string as it stands, unless it begins like a list, a table or a quoted string.
    """
    raw = source.text[start:]
    start += len(raw) - len(raw.lstrip(" \t"))
    raw = raw.strip(" \t")
    span = Span(start, start + len(raw))
    if not raw:
        raise Refused(_unreadable(source, span, "the value is missing"))
    if limits.excess(tree_of(f"value = {raw}", "toml"), "toml"):
        raise Refused(_unreadable(source, span, "the value is nested too deep or too long"))
    values = _toml_value(raw)
    if values is not None:
        pair = toml_pair(source.text, len(PREFIX))
        value = pair and pair.value()
        if value and value.span == span:
            state = Scan(source, "toml")
            scan_value(state, value, (), None)
            return values["value"], state.marks
    if raw[:1] in ("[", "{", '"', "'") or "\n" in raw:
        raise Refused(_unreadable(source, span, "the value is not complete TOML"))
    return raw, {(): Mark(source, span, span, span)}


def _toml_value(raw: str) -> dict[str, Any] | None:
    import tomli

    try:
        values = tomli.loads(f"value = {raw}")
    except ValueError:
        return None
    return values if values.keys() == {"value"} else None


def _unreadable(source: Source, span: Span, message: str) -> Diagnostic:
    help = "quote the whole flag for the shell: --set 'train.lr=[1e-6, 1e-4]'"
    return Diagnostic("ARC010", message, (Label(at=Location(source, span)),), (help,))


def _holder(data: dict[str, Any], marks: Marks, source: Source, parts: list[Part]) -> tuple[Any, Path]:
    """Return the table or list that holds the last part, making the missing tables on the way."""
    holder: Any = data
    path: Path = ()
    for position, part in enumerate(parts[:-1]):
        step = _step(holder, part, path, source)
        path = (*path, step)
        if isinstance(holder, dict) and step not in holder:
            if parts[position + 1][0].isdecimal():
                raise _lost(source, parts[position + 1], f"there is no list at `{_dotted(path)}`")
            holder[step] = {}
            marks[path] = Mark(source, part[1], part[1], part[1])
        holder = holder[step]
    return holder, path


def _step(holder: Any, part: Part, path: Path, source: Source) -> str | int:
    """Return the key or index that `part` means in `holder`."""
    name, _ = part
    if isinstance(holder, dict):
        return name
    if not isinstance(holder, list):
        raise _lost(source, part, f"`{_dotted(path)}` is a single value and holds no `{name}`")
    if not name.isdecimal() or len(name) > 6:
        raise _lost(source, part, f"`{_dotted(path)}` is a list; expected an index, found `{name}`")
    if int(name) >= len(holder):
        held = f"it holds {counted(len(holder), 'value')}, counted from 0"
        raise _lost(source, part, f"`{_dotted(path)}` has no element {name}", held)
    return int(name)


def _lost(source: Source, part: Part, message: str, *help: str) -> Refused:
    return Refused(Diagnostic("ARC011", message, (Label(at=Location(source, part[1])),), help))


def _dotted(path: Path) -> str:
    return ".".join(map(str, path)) or "the document"
