"""Keys, values and sizes in words, as Markdown."""

from __future__ import annotations

import json
from dataclasses import MISSING
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from archc.spec.fields import LARGEST, Interval, MaxLen, MinLen, Tagged
from archc.spec.keys import Key, is_table

_PLAIN = {int: "integer", float: "number", bool: "true or false", str: "text"}
_MOST = 12


def kind(hint: Any) -> str:
    """Return what a value may be."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotated(inner[0], inner[1:])
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(kind(part) for part in inner if part is not NoneType))
    if origin is Literal:
        return _listed([written(value) for value in inner])
    if origin is tuple:
        return f"list of {plural(inner[0])}" if inner[-1] is Ellipsis else f"list of {len(inner)}"
    if is_table(hint):
        return "table"
    return _PLAIN.get(hint, "value")


def _annotated(base: Any, notes: tuple[Any, ...]) -> str:
    if any(isinstance(note, Tagged) for note in notes):
        return "table"
    return kind(base) + "".join(map(_limit, notes))


def plural(hint: Any) -> str:
    """Return what the values of a list may be."""
    word = kind(hint)
    first, _, rest = word.partition(" ")
    return f"{first}s {rest}".strip() if first in ("integer", "number", "table") else word


def _limit(note: object) -> str:
    """Return a bound; the largest integer of all is none."""
    match note:
        case Interval():
            return _interval(note)
        case MinLen() if note.min_length > 1:
            return f", at least {note.min_length}"
        case MaxLen() if note.max_length < 100:
            return f", at most {note.max_length}"
        case _:
            return ""


def _interval(note: Interval) -> str:
    low = f"≥ {note.ge}" if note.ge is not None else f"> {note.gt}" if note.gt is not None else ""
    high = f"≤ {note.le}" if note.le is not None else f"< {note.lt}" if note.lt is not None else ""
    if note.ge == -LARGEST:
        low = ""
    if isinstance(note.le, int) and note.le >= LARGEST:
        high = ""
    if note.ge is not None and low and note.le is not None and high:
        return f" from {note.ge} to {note.le}"
    bounds = " and ".join(bound for bound in (low, high) if bound)
    return f" {bounds}" if bounds else ""


def _listed(words: list[str]) -> str:
    shown = [f"`{word}`" for word in words[:_MOST]]
    more = [f"{len(words) - _MOST} more"] if len(words) > _MOST else []
    return " or ".join((*shown, *more))


def written(value: Any) -> str:
    """Return a value as one would write it."""
    return json.dumps(value, ensure_ascii=False)


def key_page(key: Key) -> str:
    """Return what there is to say of a key."""
    default = "required" if key.default is MISSING else _default(key.default)
    lines = [f"**`{key.name}`** — {kind(key.hint)}{f' · {default}' if default else ''}"]
    lines += [key.doc] if key.doc else []
    lines += [f"Example: {_listed([written(each) for each in key.examples])}"] if key.examples else []
    return "\n\n".join(lines)


def _default(value: Any) -> str:
    if value is None:
        return "may be left out"
    if hasattr(value, "__dataclass_fields__"):
        return "default: that of each key"
    return f"default `{written(value)}`"
