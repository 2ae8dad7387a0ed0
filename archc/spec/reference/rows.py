"""The keys of a table as rows: key, type, default, unit, meaning, example."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from archc.spec.fields import Doc, Table
from archc.spec.frozen import defaults_of
from archc.spec.key_docs import key_doc
from archc.spec.key_examples import example_of
from archc.spec.key_units import unit_of
from archc.spec.reference.kinds import kind

HEADER = ("| key | type | default | unit | meaning |", "|---|---|---|---|---|")


def table(cls: type, homes: Mapping[type, str], tag: str = "") -> list[str]:
    """Return the lines of a Markdown table of the keys of `cls`, but `tag`, which its heading names.

    `homes` are the links to the sections of other tables.
    """
    rows = [_row(fact) for fact in facts(cls, homes) if fact.key != tag]
    return [*HEADER, *rows] if rows else ["No keys."]


class Fact(NamedTuple):
    """A key in the reference: its type, default, unit and meaning as Markdown, its example as a value."""

    key: str
    kind: str
    default: str
    unit: str
    meaning: str
    example: Any


def facts(cls: Any, homes: Mapping[type, str]) -> Iterator[Fact]:
    """Yield what is to be said of each key of a table."""
    hints = get_type_hints(cls, include_extras=True)
    for field in fields(cls):
        hint, key = hints[field.name], field.name.removesuffix("_")
        said = kind(hint, homes)
        default = "required" if field.default is MISSING else _default(field.default)
        unit = unit_of(cls.__name__, key) if "number" in said or "integer" in said else ""
        yield Fact(
            key, said, default, unit, _meaning(hint, cls, key), _example(hint, cls, key, field.default)
        )


def _row(fact: Fact) -> str:
    example = code(fact.example)
    shown = (
        f" Example: {example}."
        if example != fact.default and '`"' + str(fact.example) not in fact.kind
        else ""
    )
    return f"| `{fact.key}` | {fact.kind} | {fact.default} | {fact.unit} | {fact.meaning}{shown} |"


def _meaning(hint: Any, cls: type, key: str) -> str:
    """Return the field's own words, else those of the key wherever it stands."""
    known = key_doc(cls.__name__, key)
    return (_doc(hint).text or (known[0] if known else "")).replace("|", "\\|")


def _example(hint: Any, cls: type, key: str, default: Any) -> Any:
    """Return an example: a word that is not the default, the other boolean, else one that is written."""
    if words := _words(hint):
        return next((word for word in words if word != default), words[0])
    if isinstance(default, bool) or _plain(hint) is bool:
        return default is False or default is None
    own, known = _doc(hint), key_doc(cls.__name__, key)
    if own.examples:
        return own.examples[0]
    written = example_of(cls.__name__, key)
    if written is None and known is not None and not own.text:
        return known[1]
    return default if written is None and default is not MISSING else written


def _doc(hint: Any) -> Doc:
    return next((mark for mark in get_args(hint)[1:] if isinstance(mark, Doc)), Doc(""))


def _plain(hint: Any) -> Any:
    """Return a type without `Annotated` and without None."""
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    parts = [part for part in get_args(hint) if part is not NoneType]
    optional = get_origin(hint) in (Union, UnionType) and len(parts) == 1
    return _plain(parts[0]) if optional else hint


def _words(hint: Any) -> tuple[Any, ...]:
    """Return the words of a key that takes nothing but words."""
    plain = _plain(hint)
    return get_args(plain) if get_origin(plain) is Literal else ()


def _default(value: Any) -> str:
    """Return a default as one would write it; a table's own defaults stand in its section."""
    if value is None:
        return "left out"
    if isinstance(value, Table):
        written = {
            k: v for k in defaults_of(type(value)) if (v := getattr(value, k)) != defaults_of(type(value))[k]
        }
        tag = {k: getattr(value, k) for k in ("kind",) if k in defaults_of(type(value))}
        return code(tag | written)
    return code(value)


def code(value: Any) -> str:
    """Return a value as TOML, set as code."""
    return f"`{_toml(value)}`".replace("|", "\\|")


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str) and "\\" in value:
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)
