"""The language at a place: which keys a table may have, what each is, which values it may take.

Read off the annotations of the language's own classes, with the text's data telling which member of a union
stands where. Where it does not tell, every member counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from archc.spec.document import Spec
from archc.spec.fields import Doc, Tagged, tag_of
from archc.spec.key_docs import key_doc

Path = tuple[str | int, ...]
"""Steps from the root of the data to one value: keys of tables and indices of lists."""

KeysAt = Callable[[Path, dict[str, Any]], tuple[str, ...]]
"""Answers with the names of `keys_at`."""

DocOf = Callable[[Path, dict[str, Any]], str]
"""Answers as `doc_of`."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a table: the class that has it, its annotation, its default (MISSING where it is required)."""

    name: str
    owner: type
    hint: Any
    default: Any
    doc: str
    examples: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that may be written, and what it means (perhaps nothing)."""

    value: Any
    doc: str = ""


@lru_cache(maxsize=256)
def keys_of_class(cls: type) -> tuple[Key, ...]:
    """Return the keys that a class of the language declares, in its order."""
    hints = get_type_hints(cls, include_extras=True)
    return tuple(_key(field.name, cls, hints[field.name], field.default) for field in fields(cls))


def _key(name: str, cls: type, hint: Any, default: Any) -> Key:
    doc = next((each for each in _annotations(hint) if isinstance(each, Doc)), Doc(""))
    return Key(name.removesuffix("_"), cls, hint, default, doc.text, doc.examples)


def _annotations(hint: Any) -> tuple[Any, ...]:
    return get_args(hint)[1:] if get_origin(hint) is Annotated else ()


def hints_at(path: Path, data: Any) -> tuple[Any, ...]:
    """Return the annotations that a value at `path` may follow: classes, literals, lists, tables, scalars."""
    found = tuple(alternatives(Spec, data))
    for depth, step in enumerate(path):
        here = value_at(data, path[: depth + 1])
        inner = [each for hint in found for each in _inside(hint, step)]
        found = _distinct(a for hint in inner for a in alternatives(hint, here))
    return found


def keys_at(path: Path, data: Any) -> dict[str, Key]:
    """Return the keys of the table at `path` by their names, in the language's order.

    Of a table that does not say yet which kind it is, those of every kind, by the kinds' names.
    """
    found: dict[str, Key] = {}
    for hint in hints_at(path, data):
        if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
            for key in keys_of_class(hint):
                found.setdefault(key.name, key)
    return found


def doc_of(path: Path, data: Any) -> str:
    """Return what the language says of the key that `path` ends in, with an example; "" where nothing."""
    key = keys_at(path[:-1], data).get(str(path[-1])) if path else None
    if key is None:
        return ""
    if key.doc:
        return key.doc + (f" For example {json.dumps(key.examples[0])}." if key.examples else "")
    known = key_doc(key.owner.__name__, key.name)
    return f"{known[0]} For example {json.dumps(known[1])}." if known else ""


def value_at(data: Any, path: Path) -> Any:
    """Return what stands at a path of plain data; None where nothing does."""
    for step in path:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data):
            data = data[step]
        else:
            return None
    return data


def key_at(path: Path, data: Any) -> Key | None:
    """Return what is said of the last key on a path: an element of a list goes by its list's key."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return keys_at(path[:-1], data).get(str(path[-1])) if path else None


def tag_at(path: Path, data: Any) -> str | None:
    """Return the key that tells what kind of table stands at `path`, where there are several kinds."""
    union = _union_at(path, data)
    return union[0] if union else None


def kinds_at(path: Path, data: Any) -> dict[str, type]:
    """Return the kinds of table that may stand at `path`, by the value of the key that tells them apart."""
    union = _union_at(path, data)
    return union[1] if union else {}


def _union_at(path: Path, data: Any) -> tuple[str, dict[str, type]] | None:
    if not path:
        return None
    raw = [each for hint in hints_at(path[:-1], data) for each in _inside(hint, path[-1])]
    for hint in raw:
        for tagged in _tagged_in(hint):
            return tagged
    return None


def _tagged_in(hint: Any) -> Iterator[tuple[str, dict[str, type]]]:
    for note in _annotations(hint):
        if isinstance(note, Tagged):
            yield note.key, _kinds(get_args(hint)[0], note.key)
            return
    if get_origin(hint) is Annotated or get_origin(hint) in (Union, UnionType):
        inner = get_args(hint)[:1] if get_origin(hint) is Annotated else get_args(hint)
        for each in inner:
            yield from _tagged_in(each)


@lru_cache(maxsize=64)  # a union of all ops is asked for at every layer
def _kinds(union: Any, key: str) -> dict[str, type]:
    members = get_args(union) if get_origin(union) in (Union, UnionType) else (union,)
    return {tag_of(cls, key): cls for cls in members}


def alternatives(hint: Any, data: Any = None) -> Iterator[Any]:
    """Yield the plain annotations that one stands for: annotated types bare, unions apart, None left out.

    Of a union told apart by a key the member that `data` names; where it names none, all of them.
    """
    origin = get_origin(hint)
    if origin is Annotated:
        note = next((each for each in _annotations(hint) if isinstance(each, Tagged)), None)
        if note is not None:
            yield from _chosen(note.key, _kinds(get_args(hint)[0], note.key), data)
        else:
            yield from alternatives(get_args(hint)[0], data)
    elif origin in (Union, UnionType):
        for each in get_args(hint):
            yield from alternatives(each, data)
    elif hint is not NoneType:
        yield hint


def _chosen(key: str, members: dict[str, type], data: Any) -> Iterator[Any]:
    tag = data.get(key) if isinstance(data, dict) else None
    if isinstance(tag, str) and tag in members:
        yield members[tag]
    else:
        yield from (members[each] for each in sorted(members))


def _inside(hint: Any, step: str | int) -> Iterator[Any]:
    """Yield the annotations of what stands at `step` of a table or a list."""
    origin, inner = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__") and isinstance(step, str):
        yield from (key.hint for key in keys_of_class(hint) if key.name == step)
    elif origin is tuple and isinstance(step, int):
        yield inner[0] if inner[-1] is Ellipsis else inner[min(step, len(inner) - 1)]
    elif origin is dict and isinstance(step, str):
        yield inner[1]


def choices_at(path: Path, data: Any) -> tuple[Choice, ...]:
    """Return the values that a closed set allows at `path`, in the language's order."""
    if path and tag_at(path[:-1], data) == path[-1]:
        kinds = kinds_at(path[:-1], data)
        return tuple(Choice(tag, summary(cls)) for tag, cls in kinds.items())
    return tuple(choices(hints_at(path, data)))


def choices(hints: tuple[Any, ...]) -> Iterator[Choice]:
    """Yield the values of those annotations that allow a closed set."""
    for hint in hints:
        if get_origin(hint) is Literal:
            yield from (Choice(value) for value in get_args(hint))
        elif hint is bool:
            yield from (Choice(True), Choice(False))


def summary(cls: type) -> str:
    """Return the first paragraph of a class's docstring."""
    return " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())


def is_table(hint: Any) -> bool:
    """Return True where an annotation is a table's."""
    return hasattr(hint, "__dataclass_fields__") or get_origin(hint) is dict


def is_required(key: Key) -> bool:
    """Return True where a table must have the key."""
    return key.default is MISSING


def _distinct(hints: Iterator[Any]) -> tuple[Any, ...]:
    found: list[Any] = []
    for hint in hints:
        if not any(hint is other or hint == other for other in found):
            found.append(hint)
    return tuple(found)
